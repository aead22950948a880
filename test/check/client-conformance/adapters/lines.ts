import { createInterface } from 'node:readline';

/** What an adapter does with the kit's commands. */
export interface Adapter {
  /** `kept`: told to outlive the process. */
  track(event: string): Promise<boolean> | boolean;
  flush(): Promise<unknown> | unknown;
  close(): Promise<unknown> | unknown;
}

export function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Tells the kit who is there, and obeys it until the end. */
export async function obey(
  introduction: { ready: string; answers: 'account' | 'any'; key: readonly string[] },
  adapter: Adapter,
): Promise<void> {
  say(introduction);
  const running: Promise<void>[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const command: { do?: string; event?: string } = JSON.parse(line);
    const { event = '' } = command;
    if (command.do === 'track') {
      const tracked = async () => say({ tracked: event, kept: await adapter.track(event) });
      running.push(tracked());
    } else if (command.do === 'flush') void Promise.resolve(adapter.flush()).catch(() => undefined);
    else if (command.do === 'close') break;
  }
  await Promise.all(running);
  await adapter.close();
  process.exit(0);
}

export function setting(name: 'URL' | 'KEY' | 'STORAGE' | 'TIMEOUT_MILLIS' | 'PACKAGES'): string {
  return process.env[`EDI_CONFORMANCE_${name}`] ?? '';
}
