import { connect, type Socket } from 'node:net';
import { makeRequests, type Traffic } from './speed-requests.ts';

/*
 * The load generator of speed.ts, a process of its own: sends what it is told over keep-alive connections, reads every
 * answer, and tells what came of it. Sockets by hand, since a client that costs as much as the server measures itself.
 */

export interface LoadOrder {
  /** `http://127.0.0.1:<port>/<path>`. */
  readonly url: string;
  readonly traffic: Traffic;
  readonly connections: number;
  /** Of what is measured; a warm-up of a third of it goes before. */
  readonly seconds: number;
  /** Requests a second at constant distance, whatever the answers do; without it every connection waits for its answer. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Answers other than a 200 that says that all was accepted, and connections that ended. */
  readonly failures: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
}

export type LoadMessage = { readonly kind: 'begins' } | { readonly kind: 'result'; readonly result: LoadResult };

const warmUpShare = 1 / 3;
const headEnd = Buffer.from('\r\n\r\n');

interface Line {
  readonly socket: Socket;
  readonly next: () => Buffer;
  /** When the request on its way was sent, or should have been. */
  sinceMillis: number;
  busy: boolean;
  rest: Buffer | undefined;
}

/** Runs one order. `onBegin` is called when the warm-up is over. */
async function runLoad(order: LoadOrder, onBegin: () => void): Promise<LoadResult> {
  const { hostname, port } = new URL(order.url);
  const requests = makeRequests(order.traffic, order.url, order.connections);
  const lines = await Promise.all(requests.map((next) => openLine(hostname, Number(port), next)));
  const latencies: number[] = [];
  const waiting: number[] = [];
  let [failures, measuring, running] = [0, false, true];
  const accepted = Buffer.from(`"accepted":${order.traffic.events}`);
  const isGood = (answer: Buffer) =>
    answer.includes(' 200 ') && (order.traffic.bodyFile !== undefined || answer.includes(accepted));

  const send = (line: Line, sinceMillis: number) => {
    line.busy = true;
    line.sinceMillis = sinceMillis;
    line.socket.write(line.next());
  };
  const answered = (line: Line, answer: Buffer) => {
    line.busy = false;
    if (!isGood(answer)) failures++;
    if (measuring) latencies.push(performance.now() - line.sinceMillis);
    if (!running) return;
    if (order.rate === undefined) return send(line, performance.now());
    const since = waiting.shift();
    if (since !== undefined) send(line, since);
  };
  for (const line of lines) {
    line.socket.on('data', (chunk) => readAnswers(line, chunk, (answer) => answered(line, answer)));
    line.socket.on('close', () => {
      if (running) failures++;
    });
    line.socket.on('error', () => {});
  }
  const stopClock = order.rate === undefined ? () => {} : keepRate(order.rate, lines, waiting, send);
  if (order.rate === undefined) for (const line of lines) send(line, performance.now());
  await after(order.seconds * warmUpShare);
  onBegin();
  const beganMillis = performance.now();
  measuring = true;
  await after(order.seconds);
  const seconds = (performance.now() - beganMillis) / 1_000;
  measuring = false;
  running = false;
  stopClock();
  await drained(lines);
  for (const { socket } of lines) socket.destroy();
  // What nobody has sent yet is late, too.
  const nowMillis = performance.now();
  for (const since of waiting) latencies.push(nowMillis - since);
  const requestCount = latencies.length - waiting.length;
  latencies.sort((one, other) => one - other);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { requests: requestCount, seconds, failures, p50Millis: at(0.5), p99Millis: at(0.99) };
}

/** Sends at constant distance; where every connection is busy, the request waits, and its time counts from when it was due. */
function keepRate(
  rate: number,
  lines: readonly Line[],
  waiting: number[],
  send: (line: Line, since: number) => void,
): () => void {
  const beganMillis = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const nowMillis = performance.now();
    for (; beganMillis + (sent * 1_000) / rate <= nowMillis; sent++) {
      const due = beganMillis + (sent * 1_000) / rate;
      const free = lines.find(({ busy }) => !busy);
      if (free === undefined) waiting.push(due);
      else send(free, due);
    }
  }, 1);
  return () => clearInterval(timer);
}

/** Cuts answers out of what arrives. All of them have a Content-Length. */
function readAnswers(line: Line, chunk: Buffer, tell: (answer: Buffer) => void): void {
  let bytes = line.rest === undefined ? chunk : Buffer.concat([line.rest, chunk]);
  line.rest = undefined;
  while (bytes.length > 0) {
    const head = bytes.indexOf(headEnd);
    const length = head < 0 ? undefined : contentLength(bytes.subarray(0, head));
    const end = length === undefined ? Number.POSITIVE_INFINITY : head + headEnd.length + length;
    if (bytes.length < end) {
      line.rest = bytes;
      return;
    }
    tell(bytes.subarray(0, end));
    bytes = bytes.subarray(end);
  }
}

function contentLength(head: Buffer): number {
  const found = /\r\ncontent-length: *(\d+)/i.exec(head.toString('latin1'));
  if (found === null) throw new Error('an answer without Content-Length');
  return Number(found[1]);
}

function openLine(host: string, port: number, next: () => Buffer): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve({ socket, next, sinceMillis: 0, busy: false, rest: undefined }));
  });
}

function after(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}

const maxDrainMillis = 5_000;

async function drained(lines: readonly Line[]): Promise<void> {
  const untilMillis = performance.now() + maxDrainMillis;
  while (lines.some(({ busy }) => busy) && performance.now() < untilMillis) await after(0.005);
}

process.on('message', (order: LoadOrder) => {
  const tell = (message: LoadMessage) => process.send?.(message);
  runLoad(order, () => tell({ kind: 'begins' })).then(
    (result) => tell({ kind: 'result', result }),
    (error: unknown) => {
      process.stderr.write(`${error}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
