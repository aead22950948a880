import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { encryptKeyset, makeAead } from '../../shared/crypto/tink-aead.ts';
import { makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import {
  newAesGcmKeyset,
  newAesSivKeyset,
  parseKeyset,
  rotateKeyset,
  serializeKeyset,
  type TinkKeyset,
  type TinkKeyType,
} from '../../shared/crypto/tink-keyset.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

/*
 * Our keysets and ciphertexts against Tink's own Python package: npm run check -- tink
 *
 * What we make Tink reads, and what Tink makes we read: keysets (fresh, rotated, those of subjects encrypted with a master), pseudonyms,
 * which come out byte for byte, and AEAD. Without Python or the package the check says so and exits with 3.
 */

const exitSkipped = 3;
const tinkVersion = '1.16.1';
const maxOutputBytes = 100_000_000;
const keysetCount = 25;
const python = process.env['EDI_PYTHON'] ?? 'python3';

interface Case {
  readonly type: TinkKeyType;
  readonly keyset: string;
  readonly tests: readonly {
    readonly plaintext: string;
    readonly associatedData: string;
    readonly ciphertext: string;
  }[];
}

interface Answer {
  /** Our keyset, as Tink writes it after reading it. */
  readonly written: string;
  /** One of Tink's own. */
  readonly own: string;
  readonly tests: readonly { readonly opened: string | null; readonly encrypted: string; readonly own: string }[];
}

type Cipher = {
  encrypt(p: Uint8Array, a: Uint8Array): Uint8Array;
  decrypt(c: Uint8Array, a: Uint8Array): Uint8Array | undefined;
};

const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const bytes = (text: string) => Buffer.from(text, 'hex');

function cipherOf(keyset: TinkKeyset<TinkKeyType>, type: TinkKeyType): Cipher {
  const parsed = parseKeyset(serializeKeyset(keyset), type);
  if (parsed.kind === 'unreadable') throw new Error(parsed.problem);
  const { keys, primary } = parsed.keyset;
  return type === 'AesSivKey'
    ? makeDeterministicAead({ type, keys, primary })
    : makeAead({ type: 'AesGcmKey', keys, primary }, systemRandom);
}

/** Plaintexts as events have them, and none; with a master's keyset a subject's among them. */
function inputs(at: number): readonly (readonly [Uint8Array, Uint8Array])[] {
  const text = (value: string) => Buffer.from(value);
  return [
    [text(''), text('')],
    [text(`jane.${at}@example.org`), text('')],
    [text('å\u{1f600}\u0001\u0000\u0000'), text('record-id')],
    [systemRandom.bytes(1 + ((at * 977) % 5_000)), systemRandom.bytes(at % 40)],
    [serializeKeyset(newAesSivKeyset(systemRandom)), text(`record-${at}`)],
  ];
}

function makeCases(): Case[] {
  return Array.from({ length: keysetCount * 2 }, (_, at): Case => {
    const type = at % 2 === 0 ? 'AesSivKey' : 'AesGcmKey';
    const fresh = type === 'AesSivKey' ? newAesSivKeyset(systemRandom) : newAesGcmKeyset(systemRandom);
    const keyset: TinkKeyset<TinkKeyType> = at % 3 === 0 ? rotateKeyset<TinkKeyType>(fresh, systemRandom) : fresh;
    // Of a rotated one both keys have to open.
    const [older, newer] = [cipherOf(fresh, type), cipherOf(keyset, type)];
    const tests = inputs(at).map(([plaintext, associatedData], position) => ({
      plaintext: hex(plaintext),
      associatedData: hex(associatedData),
      ciphertext: hex((position % 2 === 0 ? older : newer).encrypt(plaintext, associatedData)),
    }));
    return { type, keyset: hex(serializeKeyset(keyset)), tests };
  });
}

/** What does not agree. */
function problemsOf({ type, keyset, tests }: Case, answer: Answer, at: number): string[] {
  const problems: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) problems.push(`keyset ${at} (${type}): ${what}`);
  };
  expect(answer.written === keyset, 'Tink writes our keyset in another way');
  const [ours, theirs] = [parseKeyset(bytes(keyset), type), parseKeyset(bytes(answer.own), type)];
  if (ours.kind === 'unreadable' || theirs.kind === 'unreadable')
    return [...problems, `keyset ${at}: Tink's is not read`];
  expect(hex(serializeKeyset(theirs.keyset)) === answer.own, "we write Tink's keyset in another way");
  const [own, other] = [cipherOf(ours.keyset, type), cipherOf(theirs.keyset, type)];
  for (const [position, { plaintext, associatedData }] of tests.entries()) {
    const said = answer.tests[position];
    const associated = bytes(associatedData);
    const opens = (cipher: Cipher, text = '') => {
      const found = cipher.decrypt(bytes(text), associated);
      return found !== undefined && hex(found) === plaintext;
    };
    expect(said?.opened === plaintext, `Tink does not open value ${position}`);
    expect(opens(own, said?.encrypted), `we do not open what Tink made of value ${position} with our keyset`);
    expect(opens(other, said?.own), `we do not open what Tink made of value ${position} with its own`);
    if (type !== 'AesSivKey') continue;
    const again = hex(own.encrypt(bytes(plaintext), associated));
    expect(again === said?.encrypted, `Tink's pseudonym of value ${position} is another one`);
  }
  return problems;
}

/** A subject's keyset under a master's, as BigQuery would open it: Tink's AEAD gives the serialized keyset back. */
function storedKeyset(): Case {
  const [master, subject] = [newAesGcmKeyset(systemRandom), newAesSivKeyset(systemRandom)];
  const associatedData = Buffer.from('record-of-somebody');
  const encrypted = encryptKeyset(makeAead(master, systemRandom), subject, associatedData);
  const test = {
    plaintext: hex(serializeKeyset(subject)),
    associatedData: hex(associatedData),
    ciphertext: hex(encrypted),
  };
  return { type: 'AesGcmKey', keyset: hex(serializeKeyset(master)), tests: [test] };
}

async function install(folder: string): Promise<string | undefined> {
  try {
    const run = promisify(execFile);
    await run(python, ['-m', 'venv', folder]);
    const binary = join(folder, 'bin', 'python');
    await run(binary, ['-m', 'pip', 'install', '--quiet', `tink==${tinkVersion}`]);
    return binary;
  } catch (error) {
    process.stderr.write(`not run: tink ${tinkVersion} could not be installed for ${python}\n`);
    process.stderr.write(`${error instanceof Error ? error.message.slice(0, 500) : String(error)}\n`);
    return undefined;
  }
}

const scratch = makeScratchFolder();
try {
  const peer = await install(join(scratch.path, 'environment'));
  if (peer === undefined) process.exitCode = exitSkipped;
  else {
    const cases = [...makeCases(), storedKeyset()];
    const program = join(import.meta.dirname, 'tink', 'peer.py');
    const said = spawnSync(peer, [program], { input: JSON.stringify(cases), maxBuffer: maxOutputBytes });
    if (said.status !== 0) throw new Error(`Tink refused: ${said.stderr.toString().slice(-2_000)}`);
    const answers: readonly Answer[] = JSON.parse(said.stdout.toString());
    const problems = cases.flatMap((each, at) => {
      const answer = answers[at];
      return answer === undefined ? [`keyset ${at}: no answer`] : problemsOf(each, answer, at);
    });
    const values = cases.reduce((sum, { tests }) => sum + tests.length, 0);
    process.stdout.write(`${cases.length} keysets, ${values} values, both ways, against tink ${tinkVersion}\n`);
    process.stdout.write(`${problems.join('\n')}${problems.length > 0 ? '\n' : ''}${problems.length} differences\n`);
    if (problems.length > 0) process.exitCode = 1;
  }
} finally {
  scratch.remove();
}
