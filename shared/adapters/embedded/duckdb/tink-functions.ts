import {
  BLOB,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api';
import { makeAead } from '../../../crypto/tink-aead.ts';
import { makeDeterministicAead } from '../../../crypto/tink-deterministic-aead.ts';
import { type ParsedKeyset, parseKeyset, type TinkKeyset, type TinkKeyType } from '../../../crypto/tink-keyset.ts';
import { systemRandom } from '../../system-random.ts';

/** Begins what `KEYS.KEYSET_CHAIN` takes here: there is no Cloud KMS, so the keyset behind it is one in the clear. */
const localKeyResource = 'local-kms://';

interface TinkFunction {
  /** As BigQuery calls it; the part before the dot is a catalog here. */
  readonly name: string;
  readonly takes: readonly DuckDBType[];
  readonly returns: DuckDBType;
  /** Of arguments that are not null. Throws what is wrong, without a value. */
  readonly of: (args: readonly DuckDBValue[]) => DuckDBValue;
}

const functions: readonly TinkFunction[] = [
  {
    name: 'KEYS.KEYSET_CHAIN',
    takes: [VARCHAR, BLOB],
    returns: BLOB,
    of: ([resource, keyset]) => {
      if (String(resource).startsWith(localKeyResource)) return keyset ?? null;
      throw new Error(`KEYS.KEYSET_CHAIN: there is no Cloud KMS here; the resource is ${localKeyResource}`);
    },
  },
  {
    name: 'KEYS.KEYSET_TO_JSON',
    takes: [BLOB],
    returns: VARCHAR,
    // Without the keys themselves, which nobody has to see here.
    of: ([keyset]) => {
      const { primary, keys } = keysetOf(parseKeyset(bytesOf(keyset), 'AesSivKey'));
      const shown = keys.map(({ id }) => ({ keyId: id, outputPrefixType: 'TINK', status: 'ENABLED' }));
      return JSON.stringify({ primaryKeyId: primary.id, key: shown });
    },
  },
  {
    name: 'AEAD.DECRYPT_BYTES',
    takes: [BLOB, BLOB, VARCHAR],
    returns: BLOB,
    of: ([keyset, ciphertext, additional]) => {
      const aead = makeAead(keysetOf(parseKeyset(bytesOf(keyset), 'AesGcmKey')), systemRandom);
      const plaintext = aead.decrypt(bytesOf(ciphertext), Buffer.from(String(additional)));
      return new DuckDBBlobValue(Buffer.from(opened(plaintext, 'AEAD.DECRYPT_BYTES')));
    },
  },
  {
    name: 'DETERMINISTIC_DECRYPT_STRING',
    takes: [BLOB, BLOB, VARCHAR],
    returns: VARCHAR,
    of: ([keyset, ciphertext, additional]) => {
      const aead = makeDeterministicAead(keysetOf(parseKeyset(bytesOf(keyset), 'AesSivKey')));
      const plaintext = aead.decrypt(bytesOf(ciphertext), Buffer.from(String(additional)));
      return Buffer.from(opened(plaintext, 'DETERMINISTIC_DECRYPT_STRING')).toString('utf8');
    },
  },
];

/**
 * Gives a DuckDB the functions of BigQuery that break-glass uses ("AEAD encryption functions", GoogleSQL reference), under the
 * same names: what is documented for BigQuery runs here. They compute, with keysets that the query holds; the database holds none.
 * `KEYS` and `AEAD` are databases in memory, whose macros lead to functions.
 */
export async function registerTinkFunctions(connection: DuckDBConnection): Promise<void> {
  const catalogs = new Set<string>();
  for (const { name, takes, returns, of } of functions) {
    const [catalog, plain] = name.includes('.') ? name.toLowerCase().split('.') : [undefined, name.toLowerCase()];
    const registered = catalog === undefined ? plain : `bigquery_${catalog}_${plain}`;
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name: registered ?? '',
        parameterTypes: takes,
        returnType: returns,
        mainFunction(info, chunk, output) {
          try {
            for (let at = 0; at < chunk.rowCount; at += 1) {
              const args = chunk.getRowValues(at);
              output.setItem(at, args.includes(null) ? null : of(args));
            }
            output.flush();
          } catch (error) {
            info.setError(error instanceof Error ? error.message : String(error));
          }
        },
      }),
    );
    if (catalog === undefined) continue;
    if (!catalogs.has(catalog)) await connection.run(`ATTACH ':memory:' AS ${catalog} (READ_WRITE)`);
    catalogs.add(catalog);
    const names = takes.map((_, at) => `argument_${at}`).join(', ');
    await connection.run(`CREATE MACRO ${catalog}.main.${plain}(${names}) AS ${registered}(${names})`);
  }
}

function bytesOf(value: DuckDBValue | undefined): Uint8Array {
  return value instanceof DuckDBBlobValue ? value.bytes : new Uint8Array(0);
}

function keysetOf<Type extends TinkKeyType>(parsed: ParsedKeyset<Type>): TinkKeyset<Type> {
  if (parsed.kind === 'keyset') return parsed.keyset;
  throw new Error(`the keyset cannot be read: ${parsed.problem}`);
}

function opened(plaintext: Uint8Array | undefined, name: string): Uint8Array {
  if (plaintext !== undefined) return plaintext;
  throw new Error(`${name}: no key of the keyset made this ciphertext with this additional data`);
}
