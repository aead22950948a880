import type { EventSchema } from '../../../shared/event-types/event-schema.ts';
import type { Validator } from '../../../shared/event-types/validator.ts';
import type { Finding } from '../../../shared/schema-language/lint/finding.ts';
import type { SdkBindings } from '../../../shared/sdks/sdk-bindings.ts';

/** What findings about mappings are told apart by. */
export type LegacyRule =
  | 'not-json'
  | 'meta-schema'
  | 'legacy-mapping'
  | 'sdk-unknown'
  | 'type-unknown'
  | 'type-stage'
  | 'type-sdk'
  | 'identity-namespace'
  | 'file-name'
  | 'example-missing'
  | 'example-unfit';

export interface LegacyFinding extends Omit<Finding, 'rule'> {
  readonly rule: LegacyRule;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface LegacyReport {
  readonly ok: boolean;
  readonly mappings: number;
  readonly examples: number;
  readonly findings: readonly LegacyFinding[];
}

/** What mappings are judged by beside themselves. */
export interface CheckWorld {
  readonly schemas: ReadonlyMap<string, EventSchema>;
  readonly validatorOf: (type: string) => Validator | undefined;
  readonly bindings: SdkBindings;
}
