import { ageText, element, made, numberText, show, timeText, typeLink } from './page.js';

const maxShown = 20;

/** Puts new events on top of the list; what falls off its end is in its table. `open` shows one. */
export function addEvents(events, open) {
  const list = element('events');
  for (const event of [...events].reverse()) list.prepend(line(event, open));
  for (const old of [...list.children].slice(maxShown)) {
    // Whoever is about to open it keeps it.
    if (!old.contains(document.activeElement)) old.remove();
  }
}

function line(event, open) {
  const { kind, type, sdk, receivedTime, summary, reason } = event;
  const badge = kind === 'row' ? ['badge accepted', 'row'] : ['badge rejected', reason];
  const button = made(
    'button',
    { type: 'button', className: 'event' },
    made(
      'span',
      { className: 'event-head' },
      made('span', { className: 'time' }, timeText(receivedTime)),
      made('span', { className: badge[0] }, badge[1]),
      made('span', { className: 'type-name' }, type ?? 'no type'),
      made('span', { className: 'quiet' }, sdk ?? ''),
    ),
    made('span', { className: 'summary' }, summary),
  );
  button.addEventListener('click', () => open(event));
  return made('li', {}, button);
}

function table(caption, heads, rows) {
  const head = made('tr', {}, ...heads.map((text) => made('th', { scope: 'col' }, text)));
  const body = rows.map(([name, ...cells]) =>
    made('tr', {}, made('th', { scope: 'row' }, name), ...cells.map((cell) => made('td', {}, cell))),
  );
  return made(
    'table',
    {},
    made('caption', { className: 'visually-hidden' }, caption),
    made('thead', {}, head),
    made('tbody', {}, ...body),
  );
}

/** Rows and refusals by name, the most first. */
export function showCounts(id, caption, counts) {
  show(element(id), counts, ({ counted, others }) => {
    if (counted.length === 0) return [made('p', { className: 'quiet' }, 'None yet.')];
    const rows = counted.map(({ name, rows, refused, isActive }) => [
      id === 'types' ? typeLink(name, isActive) : made('code', {}, name),
      numberText(rows),
      numberText(refused),
    ]);
    const more = others > 0 ? [made('p', { className: 'note' }, `${others} more have fewer.`)] : [];
    return [table(caption, [caption.replace('By ', ''), 'rows', 'refused'], rows), ...more];
  });
}

/** What waits at each stage. */
export function showStages(stages) {
  const told = stages.map(({ oldestMillis, ...stage }) => ({
    ...stage,
    oldest: oldestMillis === undefined ? '–' : ageText(oldestMillis),
  }));
  show(element('stages'), told, (all) => {
    const rows = all.map(({ stage, waiting, oldest, deadLetters }) => [
      stage,
      numberText(waiting),
      oldest,
      numberText(deadLetters),
    ]);
    const note =
      'In messages: one holds many events until it becomes rows. Dead letters try again by themselves, about every ten minutes.';
    return [
      table('What waits', ['stage', 'waiting', 'oldest', 'dead letters'], rows),
      made('p', { className: 'note' }, note),
    ];
  });
}
