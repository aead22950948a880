import eventSchemaText from '../../schemas/meta/event-schema.json' with { type: 'json' };
import legacyText from '../../schemas/meta/legacy-mapping.json' with { type: 'json' };
import sdksText from '../../schemas/meta/sdks.json' with { type: 'json' };
import type { JsonValue } from '../event/json.ts';
import type { Finding } from './lint/finding.ts';
import { metaSchemaCheck } from './lint/meta-schema.ts';

type Check = (document: JsonValue) => readonly Finding[];

/** Compiled at first use: who only reads an unchanged schema does not need it. */
function lazily(make: () => Check): Check {
  let check: Check | undefined;
  return (document) => {
    check ??= make();
    return check(document);
  };
}

/** Checks a schema document against `schemas/meta/event-schema.json`. */
export const checkEventMetaSchema: Check = lazily(() => metaSchemaCheck(eventSchemaText));
/** Checks `sdks.json` against `schemas/meta/sdks.json`. */
export const checkSdksMetaSchema: Check = lazily(() => metaSchemaCheck(sdksText));
/** Checks a mapping of legacy files against `schemas/meta/legacy-mapping.json`. */
export const checkLegacyMetaSchema: Check = lazily(() => metaSchemaCheck(legacyText));
