import { expect, test } from 'vitest';
import { createMasterKeyset, newWrappedMasterKeyset } from '../../../shared/adapters/gcp/kms-master-keyset.ts';
import { createLocalKeyWrapper } from '../../../shared/adapters/gcp/local-key-wrapper.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import type { KeyWrapper } from '../../../shared/ports/key-wrapper.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';

const random = createSeededRandom(7);
const localKey = Buffer.alloc(32, 5).toString('base64');
const text = Buffer.from('keyset of a subject');
const id = Buffer.from('id');

/** A wrapper that counts, and that can be down. */
function fakeKms(): KeyWrapper & { calls: number; down: boolean } {
  const local = createLocalKeyWrapper(localKey, random);
  return {
    calls: 0,
    down: false,
    wrap: (plaintext) => local.wrap(plaintext),
    async unwrap(wrapped) {
      this.calls += 1;
      if (this.down) throw new Unavailable('kms', 'down');
      return await local.unwrap(wrapped);
    },
  };
}

test('asks the wrapper once, also when many ask at the same time', async () => {
  const kms = fakeKms();
  const wrappedKeyset = await newWrappedMasterKeyset(kms, random);
  kms.calls = 0;
  const master = createMasterKeyset({ wrapper: kms, wrappedKeyset, random });
  expect(kms.calls).toBe(0);
  const aeads = await Promise.all([master.aead(), master.aead(), master.aead()]);
  expect(new Set([...aeads, await master.aead()]).size).toBe(1);
  expect(kms.calls).toBe(1);
});

test('two instances open what the other sealed', async () => {
  const wrapper = createLocalKeyWrapper(localKey, random);
  const wrappedKeyset = await newWrappedMasterKeyset(wrapper, random);
  const open = () => createMasterKeyset({ wrapper, wrappedKeyset, random }).aead();
  const sealed = (await open()).encrypt(text, id);
  expect(Buffer.from((await open()).decrypt(sealed, id) ?? [])).toEqual(text);
  expect((await open()).decrypt(sealed, Buffer.from('other id'))).toBeUndefined();
});

test('an outage is not remembered', async () => {
  const kms = fakeKms();
  const wrappedKeyset = await newWrappedMasterKeyset(kms, random);
  const master = createMasterKeyset({ wrapper: kms, wrappedKeyset, random });
  kms.down = true;
  await expect(master.aead()).rejects.toThrow(Unavailable);
  kms.down = false;
  expect((await master.aead()).encrypt(text, id).byteLength).toBeGreaterThan(text.byteLength);
});

test('says what is wrong with a keyset of another key, or with none', async () => {
  const wrappedKeyset = await newWrappedMasterKeyset(createLocalKeyWrapper(localKey, random), random);
  const other = createLocalKeyWrapper(Buffer.alloc(32, 6).toString('base64'), random);
  await expect(createMasterKeyset({ wrapper: other, wrappedKeyset, random }).aead()).rejects.toThrow('check both');
  const nonsense = await other.wrap(Buffer.from('no keyset'));
  await expect(createMasterKeyset({ wrapper: other, wrappedKeyset: nonsense, random }).aead()).rejects.toThrow(
    'cannot be read',
  );
});

test('hands out no keyset that does not unwrap', async () => {
  const broken: KeyWrapper = { wrap: async (plaintext) => plaintext, unwrap: async () => Buffer.from('other') };
  await expect(newWrappedMasterKeyset(broken, random)).rejects.toThrow('do not use it');
});

test('takes a local key of 32 bytes only, and does not repeat it', () => {
  const short = Buffer.alloc(31, 7).toString('base64');
  expect(() => createLocalKeyWrapper(short, random)).toThrow(RangeError);
  expect(() => createLocalKeyWrapper(short, random)).not.toThrow(short);
});
