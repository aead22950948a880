import type { SdkBindings } from '../../shared/sdks/sdk-bindings.ts';
import type { IngestConfig } from './config.ts';

type Headers = Readonly<Record<string, string>>;

const loopback = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * The CORS headers of an answer (Fetch standard, section "HTTP-responses"). A preflight carries no key, so any binding's
 * origin passes it; the answer itself is readable only for the origins of the key's own binding. A beacon is sent with
 * credentials (Beacon, section "Processing Model"), which only the exact origin and its own header let through; there
 * are none here that would mean anything.
 */
export function corsHeaders(
  origin: string | undefined,
  {
    sdks,
    sdk,
    config,
  }: { readonly sdks: SdkBindings; readonly sdk?: string | undefined; readonly config: IngestConfig },
): Headers {
  if (origin === undefined) return { vary: 'origin' };
  const bindings = [...sdks.values()].filter((binding) => sdk === undefined || binding.name === sdk);
  const allowed =
    bindings.some((binding) => binding.origins.includes(origin)) ||
    (config.allowLoopbackOrigins && loopback.test(origin));
  if (!allowed) return { vary: 'origin' };
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'retry-after',
  };
}

const read = [
  ...['authorization', 'content-type', 'content-encoding', 'x-edi-sent-at', 'traceparent', 'tracestate', 'baggage'],
  'x-edi-subject-token',
  ...['ce-specversion', 'ce-id', 'ce-source', 'ce-type', 'ce-time', 'ce-subject', 'ce-sequence'],
];
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * Adds to the headers of a preflight's answer what the page may send; nothing for an origin that is not allowed. Whatever
 * header the page asks for is allowed: attributes are `ce-` headers of any name, and what a tracing library adds to every
 * request is ignored here, but refusing it would refuse the event.
 */
export function preflightHeaders(
  cors: Headers,
  {
    methods,
    asked,
    maxAgeSeconds,
  }: { readonly methods: string; readonly asked?: string; readonly maxAgeSeconds: number },
): Headers {
  if (cors['access-control-allow-origin'] === undefined) return cors;
  const names = (asked ?? '').toLowerCase().split(',');
  const further = names.map((name) => name.trim()).filter((name) => headerName.test(name));
  return {
    ...cors,
    'access-control-allow-methods': methods,
    'access-control-allow-headers': [...new Set([...read, ...further])].join(', '),
    'access-control-max-age': String(maxAgeSeconds),
  };
}
