import { expect, test } from 'vitest';
import type { ProcessEnd } from '../../infra/run-process.ts';
import { runProcess } from '../../infra/run-process.ts';
import {
  deployStacks,
  type StackToDeploy,
  stacksInOrder,
  stacksOfManifest,
} from '../../infra/terraform/deploy-stacks.ts';
import type { JsonObject } from '../../shared/event/json.ts';

const stacks: readonly StackToDeploy[] = [
  { name: 'prod-foundation', folder: '/out/prod-foundation', dependencies: [] },
  { name: 'prod-state', folder: '/out/prod-state', dependencies: ['prod-foundation'] },
  { name: 'prod-pipeline', folder: '/out/prod-pipeline', dependencies: ['prod-state'] },
];

const planOf = (...changes: JsonObject[]) => JSON.stringify({ format_version: '1.2', resource_changes: changes });
const change = (type: string, ...actions: string[]): JsonObject => ({
  address: `${type}.x`,
  type,
  change: { actions, before: {}, after: {} },
});
const created = planOf(change('google_pubsub_topic', 'create'));
const lost = planOf(change('google_bigquery_table', 'delete', 'create'), change('google_pubsub_topic', 'update'));

type Answers = Readonly<Record<string, Partial<ProcessEnd>>>;
interface Options {
  /** By `<stack> <step>`; all that is not here succeeds, and plans the creation of something. */
  readonly terraform?: Answers;
  readonly answer?: string | undefined;
  readonly yes?: boolean;
  readonly protectState?: boolean;
}

async function deploy({ terraform = {}, yes = false, protectState = true, ...options }: Options) {
  const calls: string[] = [];
  const said: string[] = [];
  const removed: string[] = [];
  let questions = 0;
  const exitCode = await deployStacks(
    { environment: { name: 'prod', projectId: 'p', protectState }, stacks, yes },
    {
      async run({ command, args, output }) {
        const [chdir = '', step = '', ...rest] = args;
        const stack = chdir.replace('-chdir=/out/prod-', '');
        calls.push([stack, step, ...rest].filter((one) => !one.startsWith('-no-color')).join(' '));
        expect(command).toBe('terraform');
        expect(output).toBe(step === 'show' ? 'taken' : 'shown');
        const usual = { status: step === 'plan' ? 2 : 0, stdout: step === 'show' ? created : '' };
        return { stderr: '', interrupted: false, ...usual, ...terraform[`${stack} ${step}`] };
      },
      say: (line) => void said.push(line),
      async ask() {
        questions += 1;
        return options.answer;
      },
      removeFile: (folder, file) => void removed.push(`${folder}/${file}`),
    },
  );
  const applied = calls.filter((call) => call.includes(' apply '));
  return { exitCode, calls, applied, questions, removed, text: said.join('\n') };
}

test('each stack is planned, reviewed and applied before the next is planned, from the very plan that was reviewed', async () => {
  const { exitCode, calls, removed, questions } = await deploy({ yes: true });
  expect(exitCode).toBe(0);
  expect(calls.slice(0, 5)).toEqual([
    'foundation init',
    'foundation plan -detailed-exitcode -out=deploy.plan',
    'foundation show -json deploy.plan',
    'foundation apply deploy.plan',
    'state init',
  ]);
  expect(calls).toHaveLength(12);
  expect(removed).toEqual(stacks.map(({ folder }) => `${folder}/deploy.plan`));
  expect(questions).toBe(0);
});

test('the first plan that would lose something ends it, with what would be lost and what to do', async () => {
  const { exitCode, applied, text, calls } = await deploy({ yes: true, terraform: { 'state show': { stdout: lost } } });
  expect(exitCode).toBe(1);
  expect(applied).toEqual(['foundation apply deploy.plan']);
  expect(calls.at(-1)).toBe('state show -json deploy.plan');
  expect(text).toContain('prod-state: refused, since these changes would lose what is stored:');
  expect(text).toContain('google_bigquery_table.x is "replaced": its rows would be lost');
  expect(text).toContain('Nothing of prod-state is applied. Where a loss is meant, plan and apply it by hand');
  expect(text).toContain('prod-state: stopped; applied before it: prod-foundation.');
});

test('a plan that changes nothing is not applied, and nobody is asked for it', async () => {
  const same = { status: 0 };
  const terraform = { 'foundation plan': same, 'state plan': same, 'pipeline plan': same };
  const { exitCode, applied, questions, text } = await deploy({ terraform });
  expect([exitCode, applied, questions]).toEqual([0, [], 0]);
  expect(text).toContain('prod: 0 of 3 stacks changed');
});

test.each<[string, Answers, number, RegExp]>([
  ['init fails', { 'state init': { status: 1 } }, 1, /terraform init failed.*infra:preflight/],
  ['plan fails', { 'state plan': { status: 1 } }, 1, /terraform plan failed \(status 1\)/],
  ['a plan is no JSON', { 'state show': { stdout: 'Error' } }, 1, /the plan cannot be read/],
  ['a plan is of another format', { 'state show': { stdout: '{}' } }, 1, /the plan cannot be read/],
  ['apply fails', { 'state apply': { status: 1 } }, 1, /terraform apply failed.*IAM takes minutes/],
  ['terraform is gone', { 'state apply': { status: undefined } }, 1, /status none/],
  ['apply is interrupted', { 'state apply': { status: 1, interrupted: true } }, 130, /what was done is in the state/],
  [
    'apply is interrupted at its end',
    { 'state apply': { interrupted: true } },
    130,
    /interrupted while it was applied/,
  ],
  ['plan is interrupted', { 'state plan': { status: 2, interrupted: true } }, 130, /which changes nothing/],
])('where %s, no later stack is touched', async (_, terraform, exitCode, text) => {
  const ended = await deploy({ yes: true, terraform });
  expect(ended.exitCode).toBe(exitCode);
  expect(ended.text).toMatch(text);
  expect(ended.text).toContain('applied before it: prod-foundation');
  expect(ended.calls.filter((call) => call.startsWith('pipeline'))).toEqual([]);
  expect(ended.removed).toContain('/out/prod-state/deploy.plan');
});

test.each<[string, Options, number, number, number]>([
  ['its name', { answer: 'prod' }, 0, 3, 1],
  ['another word', { answer: 'yes' }, 1, 0, 1],
  ['nothing, for nobody is there', { answer: undefined }, 1, 0, 1],
  ['nobody, where it is told', { yes: true }, 0, 3, 0],
  ['nobody, where no state is protected', { protectState: false }, 0, 3, 0],
])(
  'a protected environment is changed after one question; answered with %s',
  async (_, options, exit, applies, asked) => {
    const { exitCode, applied, questions } = await deploy(options);
    expect([exitCode, applied.length, questions]).toEqual([exit, applies, asked]);
  },
);

test('stacks go in the order of what they wait for, and some of them alone where they are named', () => {
  const names = (list: readonly StackToDeploy[]) => list.map(({ name }) => name);
  const shuffled = [...stacks].reverse();
  expect(names(stacksInOrder(shuffled, 'prod', []))).toEqual(names(stacks));
  expect(names(stacksInOrder(shuffled, 'prod', ['prod-state', 'foundation']))).toEqual([
    'prod-foundation',
    'prod-state',
  ]);
  expect(() => stacksInOrder(stacks, 'prod', ['sate'])).toThrow('there is no stack prod-sate; there are:');
  const [first = shuffled[0]] = stacks;
  const circle = [
    { name: 'a', folder: '', dependencies: ['b'] },
    { name: 'b', folder: '', dependencies: ['a'] },
  ];
  expect(() => stacksInOrder([...circle, ...(first ? [first] : [])], 'prod', [])).toThrow('wait for each other: a, b');
});

test('the manifest of cdktf says where stacks are', () => {
  const manifest = {
    stacks: { 'dev-x': { name: 'dev-x', workingDirectory: 'stacks/dev-x', dependencies: ['dev-y'] } },
  };
  expect(stacksOfManifest(manifest, '/out')).toEqual([
    { name: 'dev-x', folder: '/out/stacks/dev-x', dependencies: ['dev-y'] },
  ]);
});

test('a program is run to its end, whatever that is', async () => {
  const script = 'process.stdout.write("a"); process.stderr.write("b"); process.exitCode = 3';
  const taken = await runProcess({ command: process.execPath, args: ['-e', script], output: 'taken' });
  expect(taken).toEqual({ status: 3, stdout: 'a', stderr: 'b', interrupted: false });
  const missing = await runProcess({ command: 'no-such-program-of-edi', args: [], output: 'taken' });
  expect(missing).toMatchObject({ status: undefined, interrupted: false });
});
