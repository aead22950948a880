import { makePlayer, titleOf } from './player.js';
import { installTransport, resend, trouble } from './transport.js';

// The bundle of the client is no file: the deployment makes it when it is asked for.
const { createClient } = await import(new URL('client.js', import.meta.url).href);

const pollMillis = 400;
const maxPlays = 100;
const maxShownPlays = 12;
const maxRequests = 6;
/** Events of one page are told from others by it, so it is as random as a key. */
const storageName = 'edi-playground';
const element = (id) => document.getElementById(id);

/** What the page remembers over a reload: its token, and its plays with what is known of each. */
const memory = { token: crypto.randomUUID(), plays: [], ...JSON.parse(localStorage.getItem(storageName) ?? '{}') };

function remember() {
  localStorage.setItem(storageName, JSON.stringify(memory));
}

function announce(text) {
  element('announcement').textContent = text;
}

function made(name, className, ...children) {
  const node = document.createElement(name);
  if (className !== '') node.className = className;
  node.append(...children);
  return node;
}

// Before the client, which sends what is left as the page goes: what plays belongs to it.
addEventListener('pagehide', () => player.end('app_closed'));

installTransport(onRequest);
const client = createClient({ url: location.origin, key: 'local-dev-key:web', storage: storageName, lingerMillis: 200 });
client.on('rejected', ({ rejections }) => {
  for (const { id, reason } of rejections) update(id, { state: 'rejected', reason });
});
client.on('sent', ({ counts }) => {
  element('sent').textContent = String(counts.sent);
});
const player = makePlayer({
  list: element('tracks'),
  now: element('now'),
  progress: element('progress'),
  skip: element('skip'),
  onPlayed,
});

async function onPlayed(track, data) {
  const offline = trouble.offline;
  const os = navigator.userAgentData?.platform || 'web';
  const event = { ...data, offline, client: { os, app_version: 'playground' }, tags: { playground: memory.token } };
  const tracked = await client.track('playback.track-played.v1', event, { subject: 'playground-listener' });
  if (tracked.kind !== 'kept') return announce(`${track.title} was not kept: ${tracked.reason}`);
  memory.plays.unshift({ id: tracked.id, track: track.track_id, heard: data.ms_played, state: 'queued' });
  memory.plays.length = Math.min(memory.plays.length, maxPlays);
  remember();
  showPlays();
}

function update(id, change) {
  const play = memory.plays.find((one) => one.id === id);
  if (play === undefined) return;
  Object.assign(play, change);
  remember();
  showPlays();
}

/** The account of a request: what it took of the page's plays, and a line in the list. */
function onRequest({ ids, status, accepted, rejected, isResend, isLost }) {
  element('resend').disabled = false;
  const events = `${ids.length} ${ids.length === 1 ? 'event' : 'events'}`;
  const what = isResend ? `Resent ${events}, the same bytes` : `Sent ${events}`;
  const answers = { 200: `accepted ${accepted}`, undefined: isLost ? 'stored, answer lost' : 'no answer' };
  const line = made('li', '', `${what}: `, made('strong', '', answers[status] ?? `${status}`));
  element('requests').prepend(line);
  for (const old of [...element('requests').children].slice(maxRequests)) old.remove();
  if (status !== 200) return;
  const refused = new Set(rejected.map(({ index }) => index));
  for (const [at, id] of ids.entries()) {
    const play = memory.plays.find((one) => one.id === id);
    if (refused.has(at) || play?.state !== 'queued') continue;
    update(id, { state: 'accepted' });
  }
}

const labels = {
  queued: ['in the queue', 'badge stage-alpha'],
  accepted: ['accepted', 'badge stage-beta'],
  row: ['row', 'badge stage-ga'],
  rejected: ['rejected', 'badge rejected'],
};

function showPlays() {
  const items = memory.plays.slice(0, maxShownPlays).map(({ id, track, heard, state, row, reason }) => {
    const [label, className] = labels[state];
    const head = made('p', 'play', made('strong', '', titleOf(track)), made('span', className, label));
    const seconds = Math.round(heard / 1_000);
    const detail = [`heard ${seconds} s`, `id ${id.slice(-12)}`];
    if (reason !== undefined) detail.push(reason);
    if (row !== undefined) {
      const { sequence, subject, millis } = row;
      detail.push(`sequence ${sequence}`, `subject ${subject.slice(0, 10)}…`, `in its table ${millis} ms after receipt`);
    }
    return made('li', '', head, made('p', 'detail', detail.join(' · ')));
  });
  element('plays').replaceChildren(...items);
  element('queued').textContent = String(memory.plays.filter(({ state }) => state === 'queued').length);
}

let seenRows = 0;
async function poll() {
  try {
    const response = await fetch(`live.json?token=${memory.token}&after=${seenRows}`, { cache: 'no-store' });
    if (!response.ok) throw new Error(`${response.status}`);
    const { counts, rows } = await response.json();
    for (const name of ['accepted', 'duplicates', 'rows']) element(name).textContent = String(counts[name]);
    for (const { number, row } of rows) {
      seenRows = number;
      const { sequence, subject } = row;
      const millis = Date.parse(row.row_time) - Date.parse(row.received_time);
      update(row.event_id, { state: 'row', row: { sequence, subject: String(subject), millis } });
    }
  } catch {
    for (const name of ['accepted', 'duplicates', 'rows']) element(name).textContent = '–';
  }
  setTimeout(poll, pollMillis);
}

for (const button of document.querySelectorAll('[data-trouble]')) {
  button.addEventListener('click', () => {
    const { trouble: name } = button.dataset;
    trouble[name] = !trouble[name];
    button.setAttribute('aria-pressed', String(trouble[name]));
    announce(`${button.textContent}: ${trouble[name] ? 'on' : 'off'}`);
    // As a browser says it when the network is back; a hint, with which the client tries at once.
    if (!trouble[name]) dispatchEvent(new Event('online'));
  });
}
element('resend').addEventListener('click', () => resend(onRequest));
element('close').addEventListener('click', () => {
  close();
  // Only a script's own window closes; leaving ends the page in the same way.
  location.assign('closed.html');
});

remember();
showPlays();
poll();
