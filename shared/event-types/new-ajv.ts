import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import { addSupportedFormats } from './formats.ts';

/** Ajv as all checks of schemas and of data by schemas have it. */
export function newAjv(options: Options): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    validateSchema: false,
    logger: false,
    ...options,
  });
  addSupportedFormats(ajv);
  ajv.addVocabulary(['edi', 'treatment', 'notPersonal']);
  return ajv;
}
