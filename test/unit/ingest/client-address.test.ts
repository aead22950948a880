import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { makeClientOf } from '../../../functions/ingest/client-address.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';

function requestFrom(remoteAddress: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { headers, socket: { remoteAddress } } as IncomingMessage;
}

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2::'],
  ['2001:db8::1', '2001:db8::'],
  ['::1', '::2'],
  ['fe80::1%eth0', 'fe80::2'],
])('10: %s is of the network of %s', (address, other) => {
  const clientOf = makeClientOf(0, systemRandom);
  expect(clientOf(requestFrom(address))).toBe(clientOf(requestFrom(other)));
});

test.each([
  ['192.0.2.7', '192.0.2.8'],
  ['2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['2001:db8::1:2:3:4', '2001:db8:1::2:3:4'],
  ['::1', '::ffff:192.0.2.7'],
])('10: %s is not of the network of %s', (address, other) => {
  const clientOf = makeClientOf(0, systemRandom);
  expect(clientOf(requestFrom(address))).not.toBe(clientOf(requestFrom(other)));
});

test('10: a client is the entry that was appended before us, whatever it wrote itself', () => {
  const [own, cloudRun, edge] = [0, 1, 2].map((entry) => makeClientOf(entry, systemRandom));
  const same = (clientOf: typeof own, one: IncomingMessage, other: IncomingMessage) =>
    clientOf?.(one) === clientOf?.(other);
  const forged = requestFrom('10.0.0.1', '198.51.100.1, 192.0.2.7');
  const plain = requestFrom('10.0.0.2', '192.0.2.7');
  expect(same(cloudRun, forged, plain)).toBe(true);
  expect(same(cloudRun, plain, requestFrom('10.0.0.2', '192.0.2.8'))).toBe(false);
  const throughEdge = requestFrom('10.0.0.1', '203.0.113.9,192.0.2.7,198.51.100.1');
  expect(same(edge, throughEdge, requestFrom('10.0.0.3', '192.0.2.7, 198.51.100.2'))).toBe(true);
  expect(same(own, forged, requestFrom('10.0.0.1'))).toBe(true);
  expect(same(own, forged, plain)).toBe(false);
});

test('10: what is no address is not one: the connection counts', () => {
  const clientOf = makeClientOf(1, systemRandom);
  const direct = clientOf(requestFrom('10.0.0.1'));
  for (const forwarded of ['', 'unknown', 'x'.repeat(100_000), '1.2.3.4, nobody']) {
    expect(clientOf(requestFrom('10.0.0.1', forwarded))).toBe(direct);
  }
});

test('10: names tell no address, and differ from process to process', () => {
  const request = requestFrom('192.0.2.7');
  const names = [makeClientOf(0, systemRandom)(request), makeClientOf(0, systemRandom)(request)];
  expect(names[0]).not.toBe(names[1]);
  expect(names.join()).not.toContain('192');
});
