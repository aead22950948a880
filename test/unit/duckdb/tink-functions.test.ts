import { expect, test } from 'vitest';
import fixture from '../../data/crypto/tink.json' with { type: 'json' };
import { openTestWarehouse, query, rowsOf } from './fixture.ts';

// What Tink made, opened in SQL under BigQuery's names of the functions.

const isText = (hex: string) => Buffer.from(Buffer.from(hex, 'hex').toString('utf8')).toString('hex') === hex;
const textIn = (hex: string) => Buffer.from(hex, 'hex').toString('utf8');
const cases = (of: 'deterministic' | 'aead') =>
  fixture[of].flatMap(({ keyset, tests }) =>
    tests
      .filter(({ plaintext, associatedData }) => isText(plaintext + associatedData))
      .map((one) => ({ ...one, keyset })),
  );
const bytes = (hex: string) => `FROM_HEX('${hex}')`;

test('DETERMINISTIC_DECRYPT_STRING opens what Tink made', async () => {
  const warehouse = await openTestWarehouse();
  for (const { keyset, plaintext, associatedData, ciphertext } of cases('deterministic')) {
    const call = `DETERMINISTIC_DECRYPT_STRING(${bytes(keyset)}, ${bytes(ciphertext)}, '${textIn(associatedData)}')`;
    expect(await rowsOf(warehouse, `SELECT ${call}`)).toEqual([[textIn(plaintext)]]);
  }
});

test('AEAD.DECRYPT_BYTES opens what Tink made, behind KEYS.KEYSET_CHAIN of a keyset in the clear', async () => {
  const warehouse = await openTestWarehouse();
  for (const { keyset, plaintext, associatedData, ciphertext } of cases('aead')) {
    const chain = `KEYS.KEYSET_CHAIN('local-kms://', ${bytes(keyset)})`;
    const call = `aead.decrypt_bytes(${chain}, ${bytes(ciphertext)}, '${textIn(associatedData)}')`;
    expect(await rowsOf(warehouse, `SELECT hex(${call})`)).toEqual([[plaintext.toUpperCase()]]);
  }
});

test('over many rows, with nulls among them', async () => {
  const warehouse = await openTestWarehouse();
  const [one] = cases('deterministic').filter(({ plaintext }) => plaintext !== '');
  const call = `DETERMINISTIC_DECRYPT_STRING(${bytes(one?.keyset ?? '')}, IF(n % 2 = 0, NULL, ${bytes(one?.ciphertext ?? '')}), '')`;
  const sql = `SELECT value, count(*) FROM (SELECT ${call} AS value FROM range(5000) AS numbers(n)) GROUP BY value ORDER BY value NULLS LAST`;
  expect(await rowsOf(warehouse, sql)).toEqual([
    ['jane.doe@example.org', 2_500],
    [null, 2_500],
  ]);
});

test('what does not open is refused, without a value', async () => {
  const warehouse = await openTestWarehouse();
  const [one, another] = fixture.deterministic;
  const keyset = bytes(one?.keyset ?? '');
  const [ciphertext, others] = [one, another].map((each) => bytes(each?.tests[1]?.ciphertext ?? ''));
  for (const [sql, reason] of [
    [`DETERMINISTIC_DECRYPT_STRING(${keyset}, ${others}, '')`, /no key of the keyset made this ciphertext/],
    [`DETERMINISTIC_DECRYPT_STRING(${keyset}, ${ciphertext}, 'other')`, /no key of the keyset made this ciphertext/],
    [`DETERMINISTIC_DECRYPT_STRING(FROM_HEX('00'), ${ciphertext}, '')`, /the keyset cannot be read/],
    [`KEYS.KEYSET_CHAIN('gcp-kms://projects/p', ${keyset})`, /there is no Cloud KMS here/],
  ] as const) {
    expect(await query(warehouse, `SELECT ${sql}`)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(reason),
    });
  }
});
