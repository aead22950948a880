// What the parts of the page share: elements, texts, and how the deployment is asked.

const tokenName = 'edi-live-page';
const fromLink = /^#([\w-]{16,64})$/.exec(location.hash)?.[1];
if (fromLink !== undefined) {
  localStorage.setItem(tokenName, fromLink);
  // It is nothing to be copied out of the address with a page that was shown to somebody.
  history.replaceState(null, '', location.pathname);
}
const token = fromLink ?? localStorage.getItem(tokenName) ?? '';

export const element = (id) => document.getElementById(id);

/** An element of children and texts. `properties` are its own; names with a dash are attributes. */
export function made(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-') || key === 'role') node.setAttribute(key, value);
    else node[key] = value;
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

export function announce(text) {
  element('announcement').textContent = text;
}

/** Asks below `/live/` with the token; a `body` makes it a POST. */
export function ask(name, body) {
  const headers = { authorization: `Bearer ${token}` };
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return fetch(`/live/${name}`, { cache: 'no-store', headers, ...post });
}

const written = new WeakMap();

/** Replaces the content where what it is made of has changed. The control that had the focus has it again, by its id. */
export function show(container, value, make) {
  const text = JSON.stringify(value);
  if (written.get(container) === text) return;
  written.set(container, text);
  const focused = container.contains(document.activeElement) ? document.activeElement.id : '';
  container.replaceChildren(...make(value));
  if (focused !== '') element(focused)?.focus();
}

export const numberText = (value) => value.toLocaleString('en');

export function timeText(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '–' : date.toLocaleTimeString('en-GB');
}

export function ageText(millis) {
  if (millis < 1_000) return 'less than a second';
  const seconds = Math.round(millis / 1_000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

/** `3 events`, `1 event`. */
export const countText = (count, noun) => `${numberText(count)} ${noun}${count === 1 ? '' : 's'}`;

export function typeLink(type, isActive) {
  const name = made('code', { className: 'type-name' }, type ?? 'no type');
  return isActive ? made('a', { href: `/catalog/types/${type}.html` }, name) : name;
}

/** Has a text copied, or selected where the browser gives no clipboard. */
export async function copy(text, source) {
  try {
    await navigator.clipboard.writeText(text);
    announce('Copied.');
  } catch {
    getSelection().selectAllChildren(source);
    announce('Selected. Copy it with your keyboard.');
  }
}
