import { createInterface } from 'node:readline/promises';
import { isRealm } from '../../../shared/event/realm.ts';
import { isContact, ownerText } from '../../../shared/schema-language/owner.ts';
import { heartbeatSdk } from '../../../shared/sdks/heartbeat.ts';
import { readSdkBindings } from '../../../shared/sdks/sdk-bindings.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { openJsonFile, shownPath } from './schema-files.ts';

/** What flags say about a new type, and the folder of its schema. */
export interface TypeFlags {
  readonly schemas: string;
  readonly owner?: string;
  readonly description?: string;
  readonly subject?: string;
  readonly sdks?: readonly string[];
}

/** What a person has to say about a new type. */
export interface TypeAnswers {
  readonly owner: string;
  readonly description: string;
  readonly subject: string;
  readonly sdks: readonly string[];
}

interface Question {
  readonly flag: string;
  readonly text: string;
  readonly given: string | undefined;
  /** Why an answer is none; undefined for a good one. */
  readonly fault: (answer: string) => string | undefined;
}

/** Answers from flags, and on a terminal from whoever sits there. Throws `CliError` for what is missing or wrong. */
export async function askForType(flags: TypeFlags, io: CommandIo): Promise<TypeAnswers> {
  const known = await knownSdks(flags.schemas);
  const notEmpty = (answer: string) => (answer === '' ? 'say something' : undefined);
  const list = (answer: string) => answer.split(',').map((name) => name.trim());
  const questions: Question[] = [
    {
      flag: 'owner',
      text: 'Who answers for it, and is asked (such as team-shop or shop@example.com)?',
      given: flags.owner,
      fault: (answer) => (isContact(answer) ? undefined : ownerText),
    },
    {
      flag: 'description',
      text: 'What does the event mean, in a sentence?',
      given: flags.description,
      fault: notEmpty,
    },
    {
      flag: 'subject',
      text: "Whose numbering is the envelope's subject (such as customer)?",
      given: flags.subject,
      fault: (answer) => (isRealm(answer) ? undefined : 'a realm is a kebab-case name such as customer'),
    },
    {
      flag: 'sdks',
      text: `Which SDKs may send it (of ${known.join(', ')})?`,
      given: flags.sdks?.join(','),
      fault: (answer) => {
        const unknown = list(answer).filter((name) => !known.includes(name));
        return unknown.length === 0 ? undefined : `sdks.json has ${known.join(', ')}; not "${unknown.join('", "')}"`;
      },
    },
  ];
  const answers = await ask(questions, io);
  const answer = (flag: string) => answers.get(flag) ?? '';
  return {
    owner: answer('owner'),
    description: answer('description'),
    subject: answer('subject'),
    sdks: list(answer('sdks')),
  };
}

async function ask(questions: readonly Question[], io: CommandIo): Promise<ReadonlyMap<string, string>> {
  const answers = new Map<string, string>();
  for (const { flag, given, fault } of questions) {
    if (given === undefined) continue;
    const wrong = fault(given.trim());
    if (wrong !== undefined) throw new CliError(`--${flag}: ${wrong}`);
    answers.set(flag, given.trim());
  }
  const open = questions.filter(({ flag }) => !answers.has(flag));
  if (open.length === 0) return answers;
  if (!io.out.isTerminal) {
    throw new CliError(`say ${open.map(({ flag }) => `--${flag}`).join(', ')}, or run it on a terminal to be asked`);
  }
  // Not its `terminal`: lines are edited by the terminal itself, whose Ctrl-C ends the process.
  const reader = createInterface({ input: io.stdin, terminal: false });
  // Not `question`, which loses what is typed ahead or pasted: lines that come before they are asked for.
  const lines = reader[Symbol.asyncIterator]();
  try {
    for (const question of open) answers.set(question.flag, await askOne(question, lines, io));
  } finally {
    // Waiting for more input would keep the process from ending.
    reader.close();
  }
  return answers;
}

/** Asks until there is a good answer. */
async function askOne({ text, fault }: Question, lines: AsyncIterator<string>, io: CommandIo): Promise<string> {
  for (;;) {
    await io.out.write(`${text} `);
    const { value, done } = await lines.next();
    if (done) throw new CliError('the input ended before every question was answered; nothing was written');
    const wrong = fault(value.trim());
    if (wrong === undefined) return value.trim();
    await io.out.write(`  ${wrong}\n`);
  }
}

/** Those that send events. */
async function knownSdks(folder: string): Promise<readonly string[]> {
  const path = shownPath(folder, 'sdks.json');
  const opened = await openJsonFile(path);
  if ('findings' in opened) throw new CliError(`${path}: ${opened.findings[0]?.message}`);
  return [...readSdkBindings(opened.source.value).bindings.keys()].filter((name) => name !== heartbeatSdk);
}
