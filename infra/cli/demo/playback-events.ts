import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue, readJson } from '../../../shared/event/json.ts';
import { CliError } from '../cli-error.ts';
import { type DemoEvent, type DemoRun, eventId } from './run.ts';

export const playbackType = 'playback.track-played.v1';

const listeners = 8;
const days = 6;
const dayMillis = 86_400_000;
const hourMillis = 3_600_000;
/** The SDK of each platform. */
const platforms = { iOS: 'ios', Android: 'android', Windows: 'desktop', macOS: 'desktop', Web: 'web' } as const;

/** Reads the passing examples of the type from a schema folder. Rejects with `CliError` when there are none. */
export async function loadPlaybackExamples(schemaFolder: string): Promise<JsonObject[]> {
  const folder = join(schemaFolder, 'playback');
  const names = await readdir(folder).catch(() => []);
  const passing = names.filter((name) => /^track-played\.v1\..*\.pass\.json$/.test(name)).sort();
  const examples = await Promise.all(
    passing.map(async (name): Promise<JsonValue> => readJson(await readFile(join(folder, name), 'utf8'))),
  );
  if (examples.length === 0) throw new CliError(`${folder} holds no track-played.v1.*.pass.json, which the demo sends`);
  return examples.filter(isJsonObject);
}

/** The SDK whose app has sent a play; undefined of any other event. */
export function sdkOfPlay({ type, data }: JsonObject): string | undefined {
  const client = type === playbackType && isJsonObject(data) ? data['client'] : undefined;
  const os = isJsonObject(client) ? client['os'] : undefined;
  return Object.entries(platforms).find(([name]) => name === os)?.[1];
}

/** Plays of several listeners on several days, one each, made of the examples; numbered from `firstNumber`. */
export function makePlaybackEvents(examples: readonly JsonObject[], run: DemoRun, firstNumber: number): DemoEvent[] {
  const names = Object.keys(platforms);
  return Array.from({ length: listeners * days }, (_, at): DemoEvent => {
    const listener = at % listeners;
    const day = Math.floor(at / listeners);
    const msPlayed = 30_000 + ((at * 7_919) % 180) * 1_000;
    const playedAtMillis = run.startMillis - day * dayMillis - (listener + 1) * hourMillis - at * 1_000;
    const example = examples[at % examples.length] ?? {};
    const device = `device-${String(listener).padStart(4, '0')}`;
    const client = { os: names[listener % names.length] ?? 'Web', app_version: '9.1.0', device_id: device };
    return {
      specversion: '1.0',
      id: eventId(run, firstNumber + at),
      source: `urn:edi:demo:${device}`,
      type: playbackType,
      time: new Date(playedAtMillis + msPlayed).toISOString(),
      subject: `customer-${String(listener).padStart(4, '0')}`,
      data: { ...example, played_at: new Date(playedAtMillis).toISOString(), ms_played: msPlayed, client },
    };
  });
}
