import { announce, ask, countText, element, made, show, timeText, typeLink } from './page.js';

/** What a replay said last, by group; it stays until more of the group is refused. */
const told = new Map();
const replaying = 'Replaying …';

function toldOf(group) {
  const last = told.get(keyOf(group));
  if (last !== undefined && group.events > last.events) told.delete(keyOf(group));
  return told.get(keyOf(group))?.text ?? '';
}

/** Every group of the quarantine: why, what was wanted, what to do. `open` shows a record. */
export function showRefused(groups, open) {
  const shown = groups?.map((group) => ({ ...group, told: toldOf(group) })) ?? null;
  show(element('refused'), shown, (all) => {
    if (all === null) return [made('p', { className: 'quiet' }, 'The quarantine cannot be read now.')];
    const waiting = all.filter(({ events, told: text }) => events > 0 || text !== '');
    const gone = all.reduce((sum, { replayed }) => sum + replayed, 0);
    const note =
      gone > 0 ? [made('p', { className: 'note' }, `${countText(gone, 'record')} went on by a replay, or corrected here.`)] : [];
    if (waiting.length === 0) return [made('p', { className: 'quiet' }, 'Nothing waits in quarantine.'), ...note];
    return [...waiting.map((group, at) => groupOf(group, at, open)), ...note];
  });
}

const keyOf = ({ reason, type }) => `${reason} ${type ?? ''}`;

function groupOf(group, at, open) {
  const { reason, type, events, meaning, fix, isActive, records, told: text } = group;
  const replayButton = made('button', { type: 'button', id: `replay-${at}` }, `Replay ${countText(events, 'event')}`);
  replayButton.disabled = events === 0 || text === replaying;
  replayButton.addEventListener('click', async () => {
    replayButton.disabled = true;
    // The group is shown anew while it runs.
    told.set(keyOf(group), { text: replaying, events });
    const filter = { reason, ...(type === undefined ? {} : { type }) };
    const outcome = await replay(filter);
    told.set(keyOf(group), { text: outcome, events });
    announce(outcome);
  });
  return made(
    'article',
    { className: 'group' },
    made(
      'h3',
      {},
      made('span', { className: 'badge rejected' }, reason),
      ' ',
      typeLink(type, isActive),
      ' ',
      made('span', { className: 'quiet' }, countText(events, 'event')),
    ),
    made('p', {}, meaning ?? 'A reason of another release.'),
    wantedList(distinct(records.flatMap(({ errors }) => errors))),
    made('p', { className: 'fix' }, made('strong', {}, 'To do: '), fix),
    made(
      'div',
      { className: 'buttons' },
      records.length === 0 ? undefined : made('span', { className: 'quiet' }, 'Look at one:'),
      ...records.map((record, n) => recordButton({ record, group, at: n, in: at }, open)),
      replayButton,
    ),
    text === '' ? undefined : made('p', { className: 'told' }, text),
  );
}

function recordButton({ record, group, at, in: groupAt }, open) {
  const { receivedTime, sdk } = record;
  const text = `${timeText(receivedTime)}${sdk === undefined ? '' : ` ${sdk}`}`;
  const button = made('button', { type: 'button', id: `record-${groupAt}-${at}`, className: 'record' }, text);
  // Begins with what is seen, so that it is found by speech, too.
  button.setAttribute('aria-label', `${text}, open this event`);
  button.addEventListener('click', () => open({ record, group }));
  return button;
}

function distinct(errors) {
  return [...new Map(errors.map((error) => [`${error.path} ${error.keyword}`, error])).values()];
}

/** Each place that failed, and what its schema wants there. */
export function wantedList(errors) {
  if (errors.length === 0) return undefined;
  return made('dl', { className: 'wanted' }, ...errors.map(wantedItem));
}

function wantedItem({ path, keyword, wanted, href }) {
  const place = made('code', {}, path === '' ? 'the whole event' : path);
  const name = href === undefined ? place : made('a', { href }, place);
  return made(
    'div',
    {},
    made('dt', {}, name, ' ', made('span', { className: 'quiet' }, keyword)),
    made(
      'dd',
      {},
      ...(wanted === undefined ? [] : [made('span', {}, `wanted: ${wanted}`)]),
    ),
  );
}

/** Sends records through validation again; what came of it, in words. */
export async function replay(filter) {
  try {
    const response = await ask('replay', { filter });
    const lines = (await response.text()).trim().split('\n');
    if (response.status === 401) return 'Open the page with the link that the deployment printed to replay.';
    if (!response.ok) return JSON.parse(lines[0]).error ?? `It could not be replayed: ${response.status}.`;
    const { run, error, end } = JSON.parse(lines.at(-1));
    if (run === undefined) return error;
    const { replayed, stay = {} } = run.totals;
    const stays = Object.entries(stay).map(([reason, count]) => `${count} stay: ${reason}`);
    const more = end === 'done' ? [] : ['it is not finished: `edi replay --resume` goes on'];
    return `${[`${replayed === 0 ? 'Nothing' : countText(replayed, 'event')} went on`, ...stays, ...more].join('; ')}.`;
  } catch {
    return 'The deployment did not answer.';
  }
}
