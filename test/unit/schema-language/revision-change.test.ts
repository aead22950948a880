import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { CompareAcceptance } from '../../../shared/schema-language/acceptance.ts';
import { checkRevision } from '../../../shared/schema-language/revision-change.ts';
import { eventSchema, schemaDocument, type TestSchema } from '../../helpers/schemas.ts';

const accepting: CompareAcceptance = () => ({ compatible: true, changes: [] });

function pointersOf(active: TestSchema, next: TestSchema): string[] {
  const problems = checkRevision(eventSchema(schemaDocument(active)), eventSchema(schemaDocument(next)), accepting);
  return problems.map(({ pointer }) => pointer);
}

const text = { type: 'string' };
const pseudonym = { type: 'string', treatment: { do: 'pseudonymize' } };
const kept = (keepDays: number) => ({ type: 'string', treatment: { do: 'pseudonymize', keepDays } });
const dropped = { type: 'string', treatment: { do: 'drop' } };
const droppedWithColumn = { type: 'string', treatment: { do: 'drop', column: 'STRING' } };
const customer = { do: 'pseudonymize', subject: { realm: 'customer', pointer: '/id' } };
const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });

describe('a revision may replace another when', () => {
  test.each<[string, TestSchema, TestSchema]>([
    ['nothing changed', { properties: { a: text } }, { properties: { a: text } }],
    [
      'a property is new, with any treatment',
      { properties: { a: text } },
      { properties: { a: text, b: pseudonym, c: dropped } },
    ],
    [
      'a new property lies deep',
      { properties: { o: list(object({ a: text })) } },
      { properties: { o: list(object({ a: text, b: text })) } },
    ],
    [
      'a clear value is dropped, its column kept',
      { properties: { a: text } },
      { properties: { a: droppedWithColumn } },
    ],
    [
      'a pseudonym is dropped, its column kept',
      { properties: { a: list(pseudonym) } },
      { properties: { a: list(droppedWithColumn) } },
    ],
    ['a value is kept for longer', { properties: { a: kept(30) } }, { properties: { a: kept(60) } }],
    ['a value is kept for fewer days, but 28', { properties: { a: pseudonym } }, { properties: { a: kept(28) } }],
    ['a new value is kept for a day', { properties: {} }, { properties: { a: kept(1) } }],
    [
      'a property that is dropped stands beside a new one',
      { properties: { o: object({ a: dropped }) } },
      { properties: { o: object({ a: dropped, b: text }) } },
    ],
    [
      'a treatment moves into a definition',
      { properties: { a: pseudonym } },
      { properties: { a: { $ref: '#/$defs/p' } }, $defs: { p: pseudonym } },
    ],
    [
      'owner, description and priority change',
      {},
      { edi: { owner: 'team-b', description: 'Else.', priority: 'high' } },
    ],
    ['it is promoted', { edi: { stage: 'alpha' } }, { edi: { stage: 'beta' } }],
    ['the stage goes forward', { edi: { stage: 'beta' } }, { edi: { stage: 'ga' } }],
    ['it is retired', { edi: { stage: 'ga' } }, { edi: { stage: 'retired' } }],
    ['an SDK is new', {}, { edi: { sdks: ['web', 'phone'] } }],
    ['the table keeps more days, or fewer but enough', { edi: { retentionDays: 400 } }, { edi: { retentionDays: 28 } }],
    ['the table keeps as few days as before', { edi: { retentionDays: 7 } }, { edi: { retentionDays: 7 } }],
  ])('%s', (_what, active, next) => {
    expect(pointersOf(active, next)).toEqual([]);
  });
});

describe('a revision may not replace another when', () => {
  test.each<[string, TestSchema, TestSchema, string[]]>([
    ['it is of another type', {}, { type: 'shop.visit.v1' }, ['/edi/type']],
    [
      'a clear value becomes a pseudonym',
      { properties: { a: text } },
      { properties: { a: pseudonym } },
      ['/properties/a'],
    ],
    ['a pseudonym becomes clear', { properties: { a: pseudonym } }, { properties: { a: text } }, ['/properties/a']],
    ['what was dropped comes back', { properties: { a: dropped } }, { properties: { a: text } }, ['/properties/a']],
    [
      'the subject of a pseudonym changes',
      { properties: { id: text, a: pseudonym } },
      { properties: { id: text, a: { ...text, treatment: customer } } },
      ['/properties/a'],
    ],
    [
      'a dropped object is taken apart and not all of it dropped',
      { properties: { o: { ...object({}), treatment: { do: 'drop' } } } },
      { properties: { o: object({ a: text, b: dropped }) } },
      ['/properties/o/properties/a'],
    ],
    [
      'an object is treated as before but becomes free-form',
      { properties: { o: object({ a: pseudonym }) } },
      { properties: { o: { type: 'object' } } },
      ['/properties/o', '/properties/o'],
    ],
    [
      'a dropped value takes its column with it',
      { properties: { a: text } },
      { properties: { a: dropped } },
      ['/properties/a'],
    ],
    [
      'a property is gone',
      { properties: { a: list(object({ 'b/c': text, d: text })) }, open: true },
      { properties: { a: list(object({ d: text })) }, open: true },
      ['/properties/a/items/properties/b~1c'],
    ],
    [
      'a property of another name fills the column, and the object is open for the one that did',
      { properties: { userId: {}, o: object({ 'a-b': text }) }, open: true },
      { properties: { user_id: {}, o: object({ 'a.b': text }) }, open: true },
      ['/properties/user_id', '/properties/o/properties/a.b'],
    ],
    [
      'a column changes its type',
      { properties: { a: { type: 'integer' } } },
      { properties: { a: { type: 'number' } } },
      ['/properties/a'],
    ],
    ['a column becomes repeated', { properties: { a: text } }, { properties: { a: list(text) } }, ['/properties/a']],
    ['it goes back to alpha', { edi: { stage: 'beta' } }, { edi: { stage: 'alpha' } }, ['/edi/stage']],
    [
      'a column of a type in alpha has another type: its rows could not be read as columns after promotion',
      { edi: { stage: 'alpha' }, properties: { a: text } },
      { edi: { stage: 'beta' }, properties: { a: { type: 'integer' } } },
      ['/properties/a'],
    ],
    ['the stage goes back', { edi: { stage: 'ga' } }, { edi: { stage: 'beta' } }, ['/edi/stage']],
    ['it was retired', { edi: { stage: 'retired' } }, { edi: { stage: 'ga' } }, ['/edi/stage']],
    ['an SDK may send no longer', { edi: { sdks: ['web', 'phone'] } }, { edi: { sdks: ['phone'] } }, ['/edi/sdks']],
    ['subjects are numbered by somebody else', {}, { edi: { subjectRealm: 'visitor' } }, ['/edi/subjectRealm']],
    [
      'resends would be too old',
      { edi: { retentionDays: 400 } },
      { edi: { retentionDays: 27 } },
      ['/edi/retentionDays'],
    ],
    [
      'a value is kept for fewer than 28 days, and its row was',
      { properties: { a: pseudonym } },
      { properties: { a: kept(27) } },
      ['/properties/a/treatment/keepDays'],
    ],
    [
      'a value in a list is kept for a day, and was for a week',
      { properties: { a: list(kept(7)) } },
      { properties: { a: list(kept(1)) } },
      ['/properties/a/items/treatment/keepDays'],
    ],
  ])('%s', (_what, active, next, pointers) => {
    expect(pointersOf(active, next)).toEqual(pointers);
  });

  test('an event that was accepted would be refused: every breaking change is told, others are not', () => {
    const compare: CompareAcceptance = () => ({
      compatible: false,
      changes: [
        { pointer: '/required', rule: 'required-added', breaking: true, message: '"a" is required now' },
        { pointer: '/properties/b', rule: 'property-added', breaking: false, message: '"b" is new' },
      ],
    });
    const schema = eventSchema(schemaDocument());
    expect(checkRevision(schema, schema, compare)).toEqual([
      { pointer: '/required', message: '"a" is required now (required-added)' },
    ]);
  });

  test('the procedure refuses without a change to name', () => {
    const schema = eventSchema(schemaDocument());
    expect(checkRevision(schema, schema, () => ({ compatible: false, changes: [] }))).toHaveLength(1);
  });
});

describe('a treatment that a column has stays with the column, wherever in the schema it stands', () => {
  const both = (schema: JsonObject): JsonObject => ({ allOf: [schema] });
  const member = (keyword: string, schema: JsonObject): JsonObject => ({
    ...schemaDocument({ properties: { k: text }, open: true }),
    ...(keyword === 'then' ? { if: { required: ['k'] }, else: schema } : {}),
    [keyword]: keyword === 'then' ? schema : [schema],
  });
  const property = (schema: JsonObject): JsonObject => schemaDocument({ properties: { a: schema } });
  const problems = (active: JsonObject, next: JsonObject) =>
    checkRevision(eventSchema(active), eventSchema(next), accepting).map(({ message }) => message);

  test.each<[string, (value: JsonObject) => JsonObject]>([
    ['allOf', (value) => property(both(value))],
    ['allOf of the payload', (value) => member('allOf', { properties: { a: value } })],
    ['anyOf of the payload', (value) => member('anyOf', { properties: { a: value } })],
    ['then and else', (value) => member('then', { properties: { a: value } })],
    ['anyOf with null', (value) => property({ anyOf: [value, { type: 'null' }] })],
    [
      'oneOf',
      (value) =>
        property({
          oneOf: [
            { ...value, maxLength: 3 },
            { ...value, minLength: 4 },
          ],
        }),
    ],
    ['items', (value) => property(list(both(value)))],
    ['a definition', (value) => ({ ...property({ $ref: '#/$defs/a' }), $defs: { a: value } })],
    [
      'a definition with percent-encoding',
      (value) => ({ ...property({ $ref: '#/$defs/a%20b' }), $defs: { 'a b': value } }),
    ],
    ['an object in allOf', (value) => property(both(object({ b: value })))],
  ])('under %s', (_where, schema) => {
    expect(problems(schema(pseudonym), schema(pseudonym))).toEqual([]);
    expect(problems(schema(pseudonym), schema(text))).toEqual([expect.stringContaining('would become none')]);
    expect(problems(schema(text), schema(pseudonym))).toEqual([expect.stringContaining('was none')]);
    expect(problems(schema(pseudonym), schema({ ...text, treatment: customer }))).toHaveLength(1);
    expect(problems(schema(pseudonym), schema(droppedWithColumn))).toEqual([]);
  });

  test('also where it moves, and where a property of another name fills the column', () => {
    const plain = (name: string, value: JsonObject) => schemaDocument({ properties: { [name]: value }, open: true });
    const combined = (value: JsonObject) => member('allOf', { properties: { a: value } });
    expect(problems(plain('a', pseudonym), combined(text))).toHaveLength(1);
    expect(problems(plain('a', pseudonym), combined(pseudonym))).toEqual([]);
    expect(problems(plain('userName', pseudonym), plain('user_name', text))).toEqual([
      expect.stringContaining('its treatment was'),
      expect.stringContaining('of the property "userName" and would be of "user_name"'),
    ]);
  });

  test('a waiver may be written and reworded, and not taken away', () => {
    const waived = (notPersonal?: string) =>
      property(both({ ...text, ...(notPersonal === undefined ? {} : { notPersonal }) }));
    expect(problems(waived(), waived('Ours'))).toEqual([]);
    expect(problems(waived('Ours'), waived('Of our own'))).toEqual([]);
    expect(problems(waived('Ours'), property(droppedWithColumn))).toEqual([]);
    expect(problems(waived('Ours'), waived())).toEqual([expect.stringContaining('notPersonal')]);
  });
});

test('the message of a lost column says how its values are dropped instead', () => {
  const active = eventSchema(schemaDocument({ properties: { a: { type: 'integer' } } }));
  const next = eventSchema(schemaDocument({ properties: { a: { type: 'integer', treatment: { do: 'drop' } } } }));
  const [problem] = checkRevision(active, next, accepting);
  expect(problem?.message).toContain('"treatment": {"do": "drop", "column": "INT64"}');
});
