import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { makeDice } from './dice.ts';
import { projectFolder } from './local-process.ts';

/** Files as legacy clients write them, made up: the same seed, the same bytes. */
export interface LegacyFileMaker {
  readonly name: string;
  readonly mapping: JsonObject;
  /** Lines before the first record. */
  readonly head: string;
  /** Record `at` of a file, without its line end. No two of them are equal. */
  readonly line: (at: number) => string;
}

function readMappingOf(name: string): JsonObject {
  const document: JsonValue = JSON.parse(readFileSync(join(projectFolder, 'schemas/legacy', `${name}.json`), 'utf8'));
  if (!isJsonObject(document)) throw new Error(`${name} is no mapping`);
  return document;
}

const endCodes = 'FFFFFNNBXE';
const models = ['Vision 32', 'Vision 43', 'Vision 55', 'Sálon 55'];
/** When their first record was written. */
export const startMillis = Date.UTC(2026, 10, 20, 17);

/** Of the worked example's players, of which a thousand a second write. */
export function musicFile(seed = 1, firstAtMillis = startMillis): LegacyFileMaker {
  const next = makeDice(seed | 1);
  const one = <T>(list: readonly T[] | string) => list[next(list.length)] ?? '';
  return {
    name: 'music-tv',
    mapping: readMappingOf('music-tv'),
    head: '',
    line(at) {
      const endedAt = new Date(firstAtMillis + at).toISOString().replace('T', ' ').slice(0, -1);
      const who = [`tv-${next(65_536).toString(16)}`, `c-${next(100_000)}`];
      if (next(20) === 0) return ['heartbeat', endedAt, ...who].join('\t');
      const seconds = `${next(400)}.${next(1_000)}`;
      const track = `t:${next(1_000_000)}`;
      const software = `4.${next(5)}.${next(20)}`;
      if (next(5) === 0)
        return ['play', endedAt, ...who, track, seconds, one(endCodes), one(models), software].join('\t');
      const artists = next(4) === 0 ? '\\N' : Array.from({ length: 1 + next(3) }, () => `a:${next(50_000)}`).join('|');
      const startedAt = firstAtMillis + at - 200_000 - next(1_000);
      const list = `{"list":{"kind":"playlist","id":"p:${next(100_000)}"},"hdmi":${next(3)}}`;
      const end = [one(endCodes), next(2), next(101), one(models), software, next(2) === 0 ? '\\N' : list];
      return ['play', endedAt, ...who, track, artists, startedAt, seconds, ...end].join('\t');
    },
  };
}

const connectionFields = [
  ...['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_h', 'id.resp_p', 'proto', 'service', 'duration', 'orig_bytes'],
  ...['resp_bytes', 'conn_state', 'local_orig', 'local_resp', 'missed_bytes', 'history', 'orig_pkts', 'orig_ip_bytes'],
  ...['resp_pkts', 'resp_ip_bytes', 'tunnel_parents'],
];
const connectionTypes = [
  ...['time', 'string', 'addr', 'port', 'addr', 'port', 'enum', 'string', 'interval', 'count'],
  ...['count', 'string', 'bool', 'bool', 'count', 'string', 'count', 'count', 'count', 'count', 'set[string]'],
];

/** A log of connections that describes itself, as Zeek writes it. */
export function connectionsFile(seed = 1): LegacyFileMaker {
  const next = makeDice(seed | 1);
  const one = <T>(list: readonly T[]) => list[next(list.length)] ?? '';
  const address = () => `10.${next(256)}.${next(256)}.${next(256)}`;
  return {
    name: 'connections',
    mapping: {
      description: 'Connections that a sensor saw',
      owner: 'team-network',
      format: { columns: 'directives', escapes: ['hex'] },
      events: [
        {
          type: 'network.connection.v1',
          source: { $constant: 'sensor-1' },
          time: 'ts',
          data: { log: { $directive: 'path' }, $columns: {} },
        },
      ],
    },
    head: [
      '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n',
      `#fields\t${connectionFields.join('\t')}\n#types\t${connectionTypes.join('\t')}\n`,
    ].join(''),
    line(at) {
      const micros = String((at * 997) % 1_000_000).padStart(6, '0');
      const ts = `${startMillis / 1_000 + Math.floor(at / 1_000)}.${micros}`;
      const uid = `C${next(1_000_000_000).toString(36)}${next(1_000_000_000).toString(36)}`;
      const ends = [address(), 1_024 + next(60_000), address(), one([53, 80, 123, 443, 3_389])];
      const isOpen = next(4) === 0;
      const seconds = `${next(60)}.${String(next(1_000_000)).padStart(6, '0')}`;
      const sizes = isOpen ? ['-', '-', '-'] : [seconds, next(100_000), next(1_000_000)];
      const state = [one(['SF', 'S0', 'REJ']), one(['T', 'F', '-']), one(['T', 'F']), 0, one(['ShADadFf', 'S', 'Dd'])];
      const counts = [next(100), next(100_000), next(100), next(1_000_000)];
      const protocol = [one(['tcp', 'udp']), one(['dns', 'ssl', 'http', '-'])];
      return [ts, uid, ...ends, ...protocol, ...sizes, ...state, ...counts, one(['(empty)', '-', 'CaB,CdE'])].join(
        '\t',
      );
    },
  };
}

/** A file of so many records. */
export function legacyFileText({ head, line }: LegacyFileMaker, records: number): string {
  const lines: string[] = [];
  for (let at = 0; at < records; at++) lines.push(`${line(at)}\n`);
  return head + lines.join('');
}
