// What all pages do beyond being read: copy buttons, live counts, the key of the search. No page needs it to be read.
(() => {
  'use strict';

  const root = new URL('..', document.currentScript.src);
  const announcement = document.getElementById('announcement');
  const countsEveryMillis = 5_000;

  function announce(text) {
    announcement.textContent = text;
  }

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  function addCopyButtons() {
    for (const snippet of document.querySelectorAll('.snippet')) {
      const pre = snippet.querySelector('pre');
      const label = pre.getAttribute('aria-label');
      const button = element('button', { type: 'button', className: 'copy', textContent: 'Copy' });
      button.setAttribute('aria-label', `Copy ${label}`);
      button.addEventListener('click', async () => {
        try {
          await navigator.clipboard.writeText(pre.textContent);
          announce(`Copied: ${label}`);
          button.textContent = 'Copied';
          setTimeout(() => {
            button.textContent = 'Copy';
          }, 2_000);
        } catch {
          // Browsers give the clipboard to secure origins only.
          getSelection().selectAllChildren(pre);
          announce('Selected. Copy it with your keyboard.');
        }
      });
      snippet.querySelector('.label').append(button);
    }
  }

  function focusSearchOnSlash() {
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest('input, select, textarea')) return;
      event.preventDefault();
      const query = document.getElementById('q');
      if (query === null) location.href = new URL('index.html#q', root).href;
      else query.focus();
    });
  }

  function numberOf(count) {
    return count.toLocaleString('en');
  }

  function countsText({ rows = 0, rejected = {} } = {}) {
    const reasons = Object.entries(rejected).map(([reason, events]) => `${numberOf(events)} ${reason}`);
    const rowsText = `${numberOf(rows)} ${rows === 1 ? 'row' : 'rows'}`;
    return reasons.length === 0 ? `${rowsText}, none rejected` : `${rowsText}, rejected: ${reasons.join(', ')}`;
  }

  function showCounts({ types, others }) {
    for (const item of document.querySelectorAll('.types > li')) {
      const counts = types[item.dataset.type];
      let line = item.querySelector('.live');
      if (line === null) {
        if (counts === undefined) continue;
        line = element('p', { className: 'live' });
        item.append(line);
      }
      line.textContent = counts === undefined ? '' : `Last hour: ${countsText(counts)}`;
    }
    const own = document.getElementById('live');
    if (own !== null) showLine(own, `Last hour: ${countsText(types[own.dataset.type])}`);
    const total = document.getElementById('live-total');
    const reasons = Object.entries(others).map(([reason, events]) => `${numberOf(events)} ${reason}`);
    if (total !== null) {
      const text = `Last hour, rejected without a type of this catalog: ${reasons.join(', ')}`;
      showLine(total, reasons.length === 0 ? '' : text);
    }
  }

  function showLine(line, text) {
    line.textContent = text;
    line.hidden = text === '';
  }

  async function refreshCounts(url) {
    if (document.visibilityState === 'hidden') return;
    try {
      const response = await fetch(url, { cache: 'no-store' });
      if (response.ok) return showCounts(await response.json());
    } catch {
      // The deployment has stopped; the page stays readable.
    }
    for (const line of document.querySelectorAll('#live, #live-total')) showLine(line, 'Live counts are not available now.');
  }

  window.ediCatalog = { announce, element, numberOf };
  addCopyButtons();
  focusSearchOnSlash();
  const countsUrl = document.body.dataset.counts;
  if (countsUrl !== undefined) {
    refreshCounts(countsUrl);
    setInterval(() => refreshCounts(countsUrl), countsEveryMillis);
    document.addEventListener('visibilitychange', () => refreshCounts(countsUrl));
  }
})();
