import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';
import { needs } from './needs.ts';

/** Settings of publish-schema. */
export interface PublishSchemaConfig {
  /** Largest object that is read; what a document of the registry takes. Default 1,000,000. */
  readonly maxObjectBytes: number;
  /**
   * How long after its upload a schema may wait for its table's columns and its SDK bindings, which are deployed before
   * it; then it is refused. Default 120.
   */
  readonly maxWaitMinutes: number;
  /**
   * How long compiling a schema and comparing it with the active revision may take; beyond, it is refused as undecided.
   * Default 20,000.
   */
  readonly maxCheckMillis: number;
  /** How often a check begins anew because another revision became active meanwhile. Default 5. */
  readonly maxRounds: number;
}

export const defaultPublishSchemaConfig: PublishSchemaConfig = {
  maxObjectBytes: 1_000_000,
  maxWaitMinutes: 120,
  maxCheckMillis: 20_000,
  maxRounds: 5,
};

/** What a document of the registry may have, of Firestore's 1 MiB. */
const registryDocumentBytes = 1_048_576;
/** The first line delivers for about so long; a schema that waits longer is looked at every ten minutes, if at all. */
const firstLineMinutes = 15 * 60;

/** Throws a `SettingError` where settings contradict each other or the platform. */
export function checkPublishSchemaConfig(config: PublishSchemaConfig): void {
  const setting = (name: keyof PublishSchemaConfig) => ({ name: variableName(name), value: config[name] });
  assertSettings([
    atMost(
      setting('maxObjectBytes'),
      { name: 'a document of the registry', value: registryDocumentBytes },
      'an active schema is stored in one',
    ),
    atMost(
      setting('maxCheckMillis'),
      { name: 'the milliseconds of a request', value: needs.size.timeoutSeconds * 1_000 },
      'a check ends within the delivery that it decides',
    ),
    atMost(
      setting('maxCheckMillis'),
      { name: `60000 x ${variableName('maxWaitMinutes')}`, value: config.maxWaitMinutes * 60_000 },
      'a schema would be refused for its age before it is checked',
    ),
    atMost(
      setting('maxWaitMinutes'),
      { name: 'the minutes of the first line', value: firstLineMinutes },
      'who waits for a schema is told while it is tried often',
    ),
    atMost({ name: '1', value: 1 }, setting('maxRounds'), 'a check takes one round at least'),
  ]);
}
