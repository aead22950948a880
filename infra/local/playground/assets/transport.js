// The network between the client and the receiver, with switches. The client knows nothing of it: it calls `fetch`.

const network = globalThis.fetch.bind(globalThis);
const failingUrl = new URL('failing', import.meta.url);

/** What is wrong with the network now. */
export const trouble = { offline: false, failing: false, losing: false };

/** The last sealed batch that went to the receiver, as it was sent. */
let lastBatch;

/** Puts the switches between: `tell` hears of each request that holds events, once it has ended. */
export function installTransport(tell) {
  globalThis.fetch = async (resource, init = {}) => {
    const { pathname } = new URL(resource, location.href);
    if (!pathname.startsWith('/v1/')) return network(resource, init);
    if (pathname !== '/v1/events') return trouble.offline ? refuse() : network(resource, init);
    lastBatch = { resource, init: { method: init.method, headers: init.headers, body: init.body } };
    return follow({ resource, init }, tell, false);
  };
}

/** Sends the last sealed batch again, to the byte. */
export async function resend(tell) {
  if (lastBatch !== undefined) await follow(lastBatch, tell, true).catch(() => {});
}

/** Sends a request with events, and tells what became of it. */
async function follow({ resource, init }, tell, isResend) {
  // Before anything that waits: a page that closes has no time.
  const sent = send(resource, init);
  sent.catch(() => {});
  const ids = await idsOf(init.body);
  try {
    const response = await sent;
    tell({ ids, isResend, status: response.status, ...(await accountOf(response.clone())) });
    return response;
  } catch (error) {
    tell({ ids, isResend, isLost: trouble.losing });
    throw error;
  }
}

async function send(resource, init) {
  if (trouble.offline) return refuse();
  if (trouble.failing) return network(failingUrl, { method: 'POST', body: init.body, signal: init.signal });
  const response = await network(resource, init);
  return trouble.losing ? refuse() : response;
}

function refuse() {
  throw new TypeError('The playground has cut the network.');
}

async function idsOf(body) {
  const bytes = await new Response(body).arrayBuffer();
  const [first, second] = new Uint8Array(bytes);
  // The client packs what is long: gzip begins so (RFC 1952), and JSON does not.
  const text = first === 0x1f && second === 0x8b ? await inflated(bytes) : new TextDecoder().decode(bytes);
  return JSON.parse(text).map(({ id }) => id);
}

function inflated(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

/** Which events of the request the receiver has not taken, by their place. */
async function accountOf(response) {
  if (response.status !== 200) return {};
  const { accepted, duplicates, rejected } = await response.json();
  return { accepted, duplicates, rejected };
}
