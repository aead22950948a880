import type { JsonValue } from '../event/json.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { readSdkBindings } from '../sdks/sdk-bindings.ts';
import { sharedNamespaceProblems } from '../sdks/shared-namespaces.ts';
import { readVerifiedRealms } from '../sdks/verified-realms.ts';
import { type Finding, sameMatter } from './lint/finding.ts';
import { checkSdksMetaSchema } from './meta-schemas.ts';
import type { Speakers } from './verified-people.ts';

export interface CheckedSdks {
  readonly speakers: Speakers;
  /** Why it cannot be used. */
  readonly problems: readonly SchemaProblem[];
  /** What its meta-schema finds beside what cannot be read. */
  readonly found: readonly Finding[];
}

/** Checks `sdks.json` by itself: nothing of the types that refer to it, nor of the document that it replaces. */
export function checkSdksDocument(document: JsonValue): CheckedSdks {
  const { bindings, problems: ofBindings } = readSdkBindings(document);
  const { realms, problems: ofRealms } = readVerifiedRealms(document);
  const unreadable = [...ofBindings, ...ofRealms];
  const found = checkSdksMetaSchema(document).filter(
    ({ pointer }) => !unreadable.some((known) => sameMatter(known.pointer, pointer)),
  );
  return {
    speakers: { bindings, realms },
    problems: [...unreadable, ...sharedNamespaceProblems(document)],
    found,
  };
}
