import type { EventSchema } from '../../../shared/event-types/event-schema.ts';
import { compileValidator, type Validator } from '../../../shared/event-types/validator.ts';

/** Validators of a folder's schemas by type, each compiled once, when it is first asked for. */
export function folderValidators(schemas: readonly EventSchema[]): (type: string) => Validator | undefined {
  const compiled = new Map<string, Validator>();
  return (type) => {
    const known = compiled.get(type);
    if (known !== undefined) return known;
    const schema = schemas.find(({ edi }) => edi.type === type);
    if (schema === undefined) return undefined;
    const validate = compileValidator(schema.schema);
    compiled.set(type, validate);
    return validate;
  };
}
