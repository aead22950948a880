import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { replacementText } from '../../../shared/publication/replacement.ts';
import { replacementObjectName } from '../../../shared/publication/schema-object.ts';
import { goodSchema, orderObject, publishWorld, text } from '../../helpers/publish-world.ts';

// What a draft may become although its active revision would refuse it, and who may ask for that.

const type = 'shop.order.v1';
const permission = replacementObjectName(type);
const number: JsonObject = { type: 'integer', description: 'A number.' };

/** A type in the stage, and how to ask for its replacement. Where `prepare` is, tables are made as a type is published. */
async function worldWith(stage: string, prepare?: Parameters<typeof publishWorld>[1]) {
  const world = await publishWorld({}, prepare);
  world.deploy(goodSchema({ a: text(), b: text() }, { stage }));
  await world.upload(orderObject, goodSchema({ a: text(), b: text() }, { stage }));
  expect(await world.attempt()).toMatchObject({ outcome: 'activated', revision: 1 });
  async function replace(schema: JsonObject) {
    const { active } = await world.registry.publishedType(type);
    expect(await world.upload(permission, Buffer.from(replacementText(schema, active)))).toEqual({ kind: 'done' });
    await world.upload(orderObject, schema);
    return world.attempt();
  }
  const reasons = async () => ((await world.attempt())?.reasons ?? []).map(({ message }) => message);
  return { ...world, replace, reasons };
}

describe('a type in alpha', () => {
  const narrowed = goodSchema({ a: number }, { stage: 'alpha' });

  test('is refused what its revision does not allow, and the refusal names the way out', async () => {
    const { upload, reasons } = await worldWith('alpha');
    await upload(orderObject, narrowed);
    expect(await reasons()).toContainEqual(expect.stringContaining('would lose the column data.b'));
    expect((await reasons()).at(-1)).toContain('`npm run -s edi -- schema publish --replace shop.order.v1`');
  });

  test('becomes it as the next revision where that is asked for, and the permission is no upload of its own', async () => {
    const { replace, registry } = await worldWith('alpha');
    expect(await replace(narrowed)).toMatchObject({ outcome: 'activated', revision: 2, object: orderObject });
    expect((await registry.publishedType(type)).active).toMatchObject({ revision: 2, schema: narrowed });
    expect(await registry.attempts()).toHaveLength(1);
  });

  test('becomes nothing else by that permission, and not again', async () => {
    const { replace, upload, attempt } = await worldWith('alpha');
    await replace(narrowed);
    await upload(orderObject, goodSchema({ b: text() }, { stage: 'alpha' }));
    expect(await attempt()).toMatchObject({ outcome: 'refused' });
    const wide = goodSchema({ a: text(), b: text() }, { stage: 'alpha' });
    await replace(wide);
    await upload(orderObject, narrowed);
    expect(await attempt()).toMatchObject({ outcome: 'refused' });
  });

  test('is still no schema that the check refuses', async () => {
    const { replace, reasons } = await worldWith('alpha');
    const email = goodSchema({ email: { type: 'string', description: 'Where to write.' } }, { stage: 'alpha' });
    expect(await replace(email)).toMatchObject({ outcome: 'refused' });
    expect((await reasons()).join()).not.toContain('--replace');
  });

  test('may be promoted with it, once there is a table', async () => {
    const { replace, deploy, upload, attempt } = await worldWith('alpha');
    const beta = goodSchema({ a: number }, { stage: 'beta' });
    expect(await replace(beta)).toMatchObject({ outcome: 'waiting' });
    deploy(beta);
    await upload(orderObject, beta);
    expect(await attempt()).toMatchObject({ outcome: 'activated', revision: 2 });
  });
});

describe('a type with a table of its own', () => {
  const narrowed = goodSchema({ a: number }, { stage: 'beta' });

  test('is not replaced where tables are deployed, and who asks is told why', async () => {
    const { upload, replace, reasons } = await worldWith('beta');
    await upload(orderObject, narrowed);
    expect((await reasons()).join()).not.toContain('--replace');
    expect(await replace(narrowed)).toMatchObject({ outcome: 'refused' });
    expect((await reasons()).at(-1)).toMatch(/only a type in stage alpha is replaced here/);
  });

  test('is replaced where its table is made with it, which is told to make it anew', async () => {
    const asked: boolean[] = [];
    let deploy: (schema: JsonObject) => void = () => undefined;
    const world = await worldWith('beta', async (schema, { replaces }) => {
      asked.push(replaces);
      deploy(schema);
      return [];
    });
    ({ deploy } = world);
    expect(await world.replace(narrowed)).toMatchObject({ outcome: 'activated', revision: 2 });
    expect(asked).toEqual([false, true]);
  });

  test('has its table made anew also where it is in use already, which only who asks again wants', async () => {
    const asked: boolean[] = [];
    const { replace, upload } = await worldWith('beta', async (_, { replaces }) => {
      asked.push(replaces);
      return [];
    });
    const same = goodSchema({ a: text(), b: text() }, { stage: 'beta' });
    await upload(orderObject, same);
    expect(asked).toEqual([false]);
    expect(await replace(same)).toMatchObject({ outcome: 'unchanged', revision: 1 });
    expect(asked).toEqual([false, true]);
  });

  test('names the way out, too, where the table does not take it', async () => {
    const problem = { pointer: '', message: 'the column has another type' };
    let problems: (typeof problem)[] = [];
    const { upload, reasons } = await worldWith('beta', async () => problems);
    problems = [problem];
    await upload(orderObject, goodSchema({ a: text(), b: text(), c: text() }, { stage: 'beta' }));
    expect(await reasons()).toEqual([problem.message, expect.stringContaining(`--replace ${type}`)]);
  });
});
