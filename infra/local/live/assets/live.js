import { openRecord, openRow } from './details.js';
import { addEvents, showCounts, showStages } from './lists.js';
import { announce, ask, copy, element, numberText } from './page.js';
import { showRates } from './plot.js';
import { showRefused } from './refused.js';

const pollMillis = 1_000;
/** What a page without an answer for so long says. */
const goneAfterFailures = 3;
const counts = ['accepted', 'rows', 'duplicates', 'rejected', 'backlog', 'deadLetters'];
const connection = element('connection');
const greeting = connection.textContent;

let last = 0;
let passedBefore = 0;
let failures = 0;
let refused = [];
let isHeld = false;
let hasCurl = false;

async function poll() {
  // Nobody looks: the deployment has better to do.
  if (document.hidden) return again();
  try {
    const response = await ask(`state.json?after=${last}`);
    if (!response.ok) throw new Error(`${response.status}`);
    showState(await response.json());
    failures = 0;
    connection.textContent = greeting;
  } catch {
    failures++;
    if (failures >= goneAfterFailures)
      connection.textContent = 'The deployment does not answer. Start it with npm start; this page goes on by itself.';
  }
  again();
}

function again() {
  setTimeout(poll, pollMillis);
}

function showState(state) {
  for (const name of counts) element(name).textContent = numberText(state.counts[name]);
  element('deadLetters').parentElement.classList.toggle('alarm', state.counts.deadLetters > 0);
  showRates(state.rates);
  showCounts('types', 'By type', state.types);
  showCounts('sdks', 'By SDK', state.sdks);
  showStages(state.stages);
  refused = state.refused ?? [];
  showRefused(state.refused, openRecord);
  showPassing(state);
}

function showPassing({ events, passed }) {
  // It was emptied, or started again, and counts anew.
  if (passed < passedBefore) {
    element('events').replaceChildren();
    element('sampled').textContent = '';
    last = 0;
  }
  passedBefore = passed;
  element('locked').hidden = events !== null;
  element('waiting').hidden = passed > 0;
  if (passed === 0) showCurl();
  if (events === null || isHeld) return;
  if (events.length > 0) last = events[0].number;
  addEvents(events, open);
  const shown = element('events').children.length;
  element('sampled').textContent =
    passed > shown
      ? `${numberText(shown)} of ${numberText(passed)} that have passed; of a fast stream some of each second.`
      : '';
}

/** A refused one with what was wanted of it, which its group knows. */
function open(event) {
  if (event.kind === 'row') return openRow(event);
  const group = refused.find(({ records }) => records.some(({ key }) => key === event.key));
  const record = group?.records.find(({ key }) => key === event.key);
  if (record !== undefined) return openRecord({ record, group });
  announce('Its group has newer events; find it below, or with edi quarantine list.');
  element('refused-title').focus();
}

async function showCurl() {
  if (hasCurl) return;
  hasCurl = true;
  const response = await ask('example.txt');
  element('curl').firstElementChild.textContent = (await response.text()).trim();
}

element('hold').addEventListener('click', ({ currentTarget: button }) => {
  isHeld = !isHeld;
  button.setAttribute('aria-pressed', String(isHeld));
  announce(isHeld ? 'The list is held.' : 'The list goes on.');
});
element('reset').addEventListener('click', () => element('confirm').showModal());
element('confirm').addEventListener('close', async ({ currentTarget: dialog }) => {
  if (dialog.returnValue !== 'empty') return;
  dialog.returnValue = '';
  const button = element('reset');
  button.disabled = true;
  const response = await ask('reset', {}).catch(() => undefined);
  announce(response?.ok ? 'Everything is empty.' : 'It could not be emptied.');
  button.disabled = false;
});
element('copy-curl').addEventListener('click', () => copy(element('curl').textContent, element('curl')));
poll();
