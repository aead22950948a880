import { anything, bothParts, type Choice, type ObjectShape, onePart, type Part, saysNothing } from './shape.ts';

/**
 * How a schema is read. `exact`: a column takes every value that the schema accepts, which rows of our own event types
 * rely on. `intended`: as authors mean it; an alternative that leaves a property undeclared has no such property, and a
 * schema without `type` is of the type that its keywords are for.
 */
export type Reading = 'exact' | 'intended';

/** An object of nothing but alternatives: it has no columns of its own. */
export function isAlternatives(object: ObjectShape): boolean {
  return object.properties.size === 0 && object.choices.some(isTellingChoice);
}

function isTellingChoice({ kind, variants }: Choice): boolean {
  return kind === 'choice' && !variants.every(saysNothing);
}

/**
 * The properties of an object, those that only some alternatives or conditions add included. `merged` remembers what
 * was asked before.
 */
export function mergeProperties(
  object: ObjectShape,
  reading: Reading,
  merged: Map<ObjectShape, ReadonlyMap<string, Part>> = new Map(),
): ReadonlyMap<string, Part> {
  const known = merged.get(object);
  if (known !== undefined) return known;
  const properties = new Map(object.properties);
  for (const { variants } of object.choices) {
    for (const [name, part] of variantProperties(variants, reading, merged)) {
      const declared = properties.get(name);
      properties.set(name, declared === undefined ? part : bothParts(declared, part));
    }
  }
  merged.set(object, properties);
  return properties;
}

function variantProperties(
  variants: readonly ObjectShape[],
  reading: Reading,
  merged: Map<ObjectShape, ReadonlyMap<string, Part>>,
): ReadonlyMap<string, Part> {
  const each = variants.map((variant) => ({ variant, properties: mergeProperties(variant, reading, merged) }));
  const found = new Map<string, Part>();
  for (const name of new Set(each.flatMap(({ properties }) => [...properties.keys()]))) {
    const part = onePart(
      each.flatMap(({ variant, properties }) => {
        const declared = properties.get(name);
        if (declared !== undefined) return [declared];
        return reading === 'exact' ? undeclaredParts(variant) : [];
      }),
    );
    if (part !== undefined) found.set(name, part);
  }
  return found;
}

/** Of which nothing is said. */
export const anyPart: Part = { pointer: '', declaredAt: new Set(), shape: () => anything };

/** What a property may be where it is not declared. */
function undeclaredParts(variant: ObjectShape): readonly Part[] {
  return variant.open ? [anyPart] : variant.extras;
}

/** Whether no property may come that is not declared. */
export function isClosed(object: ObjectShape): boolean {
  if (!object.open) return object.extras.length === 0;
  return object.choices.some(({ kind, variants }) => kind === 'choice' && variants.every(isClosed));
}

/** Whether properties may come of which nothing is said. */
export function admitsAnything({ open, choices }: ObjectShape): boolean {
  return open && choices.every(({ kind, variants }) => kind !== 'choice' || variants.some(admitsAnything));
}

/** Whether a property is there in every object. */
export function requires(object: ObjectShape, name: string): boolean {
  if (object.required.has(name)) return true;
  return object.choices.some(({ variants }) => variants.every((variant) => requires(variant, name)));
}
