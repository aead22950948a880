import { Session } from 'node:inspector/promises';

/** Where the processor time of what runs goes: the functions that take most of it themselves, a line each. */
export async function profile(run: () => Promise<unknown>, lines = 25): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await run();
  const { profile: taken } = await session.post('Profiler.stop');
  session.disconnect();
  const names = new Map(taken.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const micros = new Map<string, number>();
  for (const [at, id] of (taken.samples ?? []).entries()) {
    const { functionName = '', url = '', lineNumber = 0 } = names.get(id) ?? {};
    const name = `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
    micros.set(name, (micros.get(name) ?? 0) + (taken.timeDeltas?.[at] ?? 0));
  }
  const total = [...micros.values()].reduce((sum, one) => sum + one, 0);
  const byShare = [...micros].sort((one, other) => other[1] - one[1]).slice(0, lines);
  return byShare.map(([name, own]) => `${((own / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}
