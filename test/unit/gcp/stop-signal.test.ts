import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { projectFolder } from '../../helpers/local-process.ts';

/** A function whose framework listens once it has loaded it. `before` comes before it is loaded, `firstRequest` then. */
const program = (firstRequest: string, before: string) => `
  import { makeStopSignal } from './shared/adapters/gcp/stop-signal.ts';
  ${before}
  const stopSignal = makeStopSignal({ count() {}, log() {}, flush: () => console.log('counted') });
  process.on('SIGTERM', () => { console.log('the framework ends it'); process.exit(1); });
  const draining = { drain: async (millis) => console.log('answered within', millis) };
  ${firstRequest}
  setTimeout(() => { console.log('the signal was lost'); process.exit(2); }, 10_000);`;

function run(firstRequest: string, before = '') {
  const args = ['--input-type=module', '--eval', program(firstRequest, before)];
  const { stdout, status } = spawnSync(process.execPath, args, { cwd: projectFolder, encoding: 'utf8' });
  return { lines: stdout.trim().split('\n'), status };
}

describe('SIGTERM', () => {
  const drained = { lines: ['answered within 9000', 'counted'], status: 0 };

  test('ends a function once what is on its way is answered and counted, and not as its framework would', () => {
    expect(run(`stopSignal.handle(draining); process.kill(process.pid, 'SIGTERM');`)).toEqual(drained);
  });

  test('reaches who listened before the function was loaded, too', () => {
    const before = `process.on('SIGTERM', () => console.log('also'));`;
    const also = run(`stopSignal.handle(draining); process.kill(process.pid, 'SIGTERM');`, before);
    expect(also).toEqual({ lines: ['also', ...drained.lines], status: 0 });
  });

  test('is not lost when it comes with the first request', () => {
    expect(run(`process.kill(process.pid, 'SIGTERM'); stopSignal.handle(draining);`)).toEqual(drained);
  });

  test('is taken once, however many requests there were', () => {
    const requests = 'stopSignal.handle(draining); stopSignal.handle(draining);';
    expect(run(`${requests} process.kill(process.pid, 'SIGTERM');`)).toEqual(drained);
  });
});
