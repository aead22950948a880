import type { JsonValue } from '../../event/json.ts';
import type { KeyPlan, Pseudonymize } from '../column.ts';
import { decide, isTooLarge, type MappingRun, maxLevels, note, type Place } from './mapping-run.ts';
import { admitsAnything, anyPart, isClosed, mergeProperties } from './properties.ts';
import { anything, certainty, meet, type ObjectShape, onePart, type Part, type Shape } from './shape.ts';
import { treatmentOf } from './treated.ts';

/** What becomes of the undeclared keys in a JSON column: a plan where some are treated, and what said so. */
interface DecidedKeys {
  readonly plan?: KeyPlan;
  readonly said: ReadonlySet<JsonValue>;
}

/**
 * Decides about keys that a schema does not declare, wherever inside a JSON column they can stand: they are values that
 * nobody has looked at. Their treatment or waiver is that of `propertyNames`; a waiver of what holds them is theirs, too.
 */
export function decideKeys(run: MappingRun, shape: Shape, place: Place): DecidedKeys {
  const reader = new KeyReader(run);
  const plan: OpenPlan = { declared: new Map() };
  reader.read(shape, plan, { place });
  return reader.said.size === 0 ? reader : { said: reader.said, plan };
}

type OpenPlan = { -readonly [key in keyof KeyPlan]: KeyPlan[key] } & { readonly declared: Map<string, KeyPlan> };

interface Within {
  readonly place: Place;
  readonly waiver?: string;
}

const text: Shape = { ...anything, kinds: new Set(['string']), certainty: certainty.type };

class KeyReader {
  readonly said = new Set<JsonValue>();
  readonly #run: MappingRun;
  readonly #plans = new Map<string, KeyPlan>();

  constructor(run: MappingRun) {
    this.#run = run;
  }

  read(shape: Shape, plan: OpenPlan, within: Within): void {
    this.#run.mappedCount++;
    if (isTooLarge(this.#run) || within.place.trail.length > maxLevels) return;
    // What is listed is written in the schema, its keys too.
    if (shape.treatments.length > 0 || shape.isListed) return;
    const inner = shape.waiver === undefined ? within : { ...within, waiver: shape.waiver };
    if (shape.kinds.has('object')) this.#object(shape.object, plan, inner);
    if (!shape.kinds.has('array')) return;
    const { items, positions } = shape.array;
    plan.items = this.#below(items === undefined ? anyPart : onePart([items, ...positions]), inner, '[]');
  }

  #object(object: ObjectShape, plan: OpenPlan, within: Within): void {
    for (const [name, part] of mergeProperties(object, 'exact', this.#run.merged)) {
      plan.declared.set(name, this.#below(part, within, name));
    }
    if (isClosed(object)) return;
    const treatment = this.#decide(object, within);
    if (treatment !== undefined) plan.keys = treatment;
    const others = onePart(extrasOf(object));
    if (others !== undefined) plan.others = this.#below(others, within, '*');
    // Of what nothing describes, the keys are undeclared at every depth.
    if (admitsAnything(object) && treatment !== undefined) plan.others = planOfAll(treatment);
  }

  /** A definition in itself is the same plan again. */
  #below(part: Part, { place, waiver }: Within, step: string): KeyPlan {
    const key = JSON.stringify([part.pointer, [...part.declaredAt].sort(), waiver]);
    const known = this.#plans.get(key);
    const plan: OpenPlan = { declared: new Map() };
    if (known !== undefined) return known;
    this.#plans.set(key, plan);
    const trail = [...place.trail, step === '*' || step === '[]' ? { part } : { name: step, part }];
    const below = { ...place, pointer: part.pointer || place.pointer, column: `${place.column}.${step}`, trail };
    this.read(part.shape(), plan, { place: below, ...(waiver === undefined ? {} : { waiver }) });
    return plan;
  }

  #decide(object: ObjectShape, { place, waiver }: Within): Pseudonymize | undefined {
    const names = onePart(namesOf(object) ?? []);
    const shape = meet(text, names?.shape() ?? anything);
    const isTreated = shape.treatments.length > 0 || shape.mixedTreatment === true;
    if (shape.isListed && !isTreated) return undefined;
    const pointer = names?.pointer ?? place.pointer;
    const part: Part = { pointer, declaredAt: names?.declaredAt ?? new Set(), shape: () => shape };
    const at = { ...place, pointer, column: `${place.column}.*`, trail: [...place.trail, { part }] };
    if (!isTreated) {
      const reason = shape.waiver ?? waiver;
      decide(this.#run, at, { isKeys: true, ...(reason === undefined ? {} : { waiver: reason }) });
      return undefined;
    }
    for (const { treatment: own } of shape.nodes) if (own !== undefined) this.said.add(own);
    for (const own of this.said) this.#run.heeded.add(own);
    const treatment = treatmentOf(shape);
    if (typeof treatment === 'object' && treatment.do === 'pseudonymize') {
      decide(this.#run, at, { isKeys: true, treatment });
      return treatment;
    }
    const message = 'keys can be pseudonymized; to drop them, drop the whole map: the treatment beside its "type"';
    note(this.#run, 'treatment', typeof treatment === 'string' ? treatment : message, at);
    return undefined;
  }
}

function planOfAll(keys: Pseudonymize): KeyPlan {
  const plan: OpenPlan = { declared: new Map(), keys };
  return Object.assign(plan, { others: plan, items: plan });
}

function extrasOf({ extras, choices }: ObjectShape): Part[] {
  return [...extras, ...choices.flatMap(({ variants }) => variants.flatMap(extrasOf))];
}

/** What is said of all undeclared names; undefined where some alternative says nothing of them. */
function namesOf({ names, choices }: ObjectShape): readonly Part[] | undefined {
  if (names !== undefined) return [names];
  for (const { kind, variants } of choices) {
    const each = kind === 'choice' ? variants.filter((variant) => !isClosed(variant)).map(namesOf) : [];
    const said = each.filter((parts) => parts !== undefined);
    if (said.length > 0 && said.length === each.length) return said.flat();
  }
  return undefined;
}
