import { announce, ask, copy, element, made, timeText, typeLink } from './page.js';
import { replay, wantedList } from './refused.js';

const dialog = element('details');
const body = element('details-body');

function openDialog(title, ...content) {
  element('details-title').textContent = title;
  body.replaceChildren(...content.filter((part) => part !== undefined));
  if (!dialog.open) dialog.showModal();
}

function snippet(label, text) {
  const pre = made('pre', { tabIndex: 0, role: 'region', 'aria-label': label }, made('code', {}, text));
  const button = made('button', { type: 'button', className: 'copy', 'aria-label': `Copy ${label}` }, 'Copy');
  button.addEventListener('click', () => copy(text, pre));
  return made(
    'div',
    { className: 'snippet' },
    made('div', { className: 'label' }, made('span', {}, label), button),
    pre,
  );
}

/** A row as an analyst sees it. */
export async function openRow({ number, type, sdk, receivedTime }) {
  const response = await ask(`event.json?number=${number}`);
  if (!response.ok) return openDialog(type, made('p', {}, await response.text()));
  const { row, sql } = await response.json();
  openDialog(
    'A row',
    made(
      'p',
      {},
      typeLink(type, true),
      `, from ${sdk}, received ${timeText(receivedTime)}. This is what its table holds: people are pseudonyms.`,
    ),
    snippet('The row', JSON.stringify(row, null, 2)),
    snippet('The same with SQL', `npm run -s edi -- query "${sql}"`),
  );
}

/** A refused event: why, what was wanted, and its payload when asked for. */
export function openRecord({ record, group }) {
  const { type, isActive, reason, meaning, fix } = group;
  const payload = made('div', { className: 'payload' });
  const show = made('button', { type: 'button' }, 'Show the payload');
  show.addEventListener('click', async () => {
    show.disabled = true;
    await showPayload(record, payload);
    show.disabled = false;
  });
  const again = made('button', { type: 'button' }, 'Replay this one');
  const outcome = made('p', { className: 'told', role: 'status' });
  again.addEventListener('click', async () => {
    again.disabled = true;
    outcome.textContent = await replay({ recordKey: record.key });
    again.disabled = false;
  });
  openDialog(
    'A refused event',
    made(
      'p',
      {},
      made('span', { className: 'badge rejected' }, reason),
      ' ',
      typeLink(type, isActive),
      `${record.sdk === undefined ? '' : `, from ${record.sdk}`}, received ${timeText(record.receivedTime)}`,
    ),
    made('p', {}, meaning ?? ''),
    wantedList(record.errors),
    made('p', { className: 'fix' }, made('strong', {}, 'To do: '), fix),
    made('div', { className: 'buttons' }, show, again),
    outcome,
    payload,
  );
}

async function showPayload({ key }, into) {
  const response = await ask('payload', { key });
  if (!response.ok) return into.replaceChildren(made('p', {}, await response.text()));
  const { text, sdk, events } = await response.json();
  const pretty = indented(text);
  if (pretty === undefined || events > 1) {
    return into.replaceChildren(snippet('The payload', pretty ?? text));
  }
  const area = made('textarea', {
    id: 'payload',
    rows: Math.min(24, pretty.split('\n').length + 1),
    value: pretty,
    spellcheck: false,
  });
  const send = made('button', { type: 'submit' }, 'Send it corrected');
  const outcome = made('div', { role: 'status', className: 'told' });
  const form = made(
    'form',
    {},
    made('label', { htmlFor: 'payload' }, 'The payload, decrypted on this machine. Correct it here to send it again:'),
    area,
    made('div', { className: 'buttons' }, send),
    outcome,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    send.disabled = true;
    outcome.replaceChildren(...(await sendAgain(area.value, { sdk, key })));
    send.disabled = false;
  });
  into.replaceChildren(form);
  area.focus();
}

/** Undefined for what is no JSON. Numbers keep their digits only where JavaScript has them, so others are left as they are. */
function indented(text) {
  try {
    const value = JSON.parse(text);
    return /\d{16}/.test(text) ? text : JSON.stringify(value, null, 2);
  } catch {
    return undefined;
  }
}

/** As its SDK sends it, with this deployment's development key. */
async function sendAgain(text, { sdk, key: record }) {
  try {
    JSON.parse(text);
  } catch (error) {
    return [made('p', {}, `This is no JSON: ${error.message}`)];
  }
  const key = sdk === null ? 'local-dev-key' : `local-dev-key:${sdk}`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' };
  try {
    const response = await fetch('/v1/events', { method: 'POST', headers, body: text });
    const answer = await response.json();
    if (!response.ok) return [made('p', {}, answer.detail ?? `It was not taken: ${response.status}.`)];
    const [refusal] = answer.rejected;
    announce(refusal === undefined ? 'Accepted.' : 'Refused again.');
    if (refusal === undefined) {
      const settled = await ask('settle', { key: record });
      const waits = settled.ok ? 'The refused one waits no longer.' : await settled.text();
      return [
        made(
          'p',
          {},
          made('span', { className: 'badge accepted' }, 'accepted'),
          ` Its row is in the list behind this window in a moment. ${waits}`,
        ),
      ];
    }
    const errors = refusal.errors.map(({ expected, ...error }) => ({
      ...error,
      ...(expected === undefined ? {} : { wanted: expected }),
    }));
    return [
      made('p', {}, made('span', { className: 'badge rejected' }, refusal.reason), ' Refused again:'),
      wantedList(errors) ?? '',
    ];
  } catch {
    return [made('p', {}, 'The deployment did not answer.')];
  }
}
