// What the pages do beyond being read: search and filters, keys, copy buttons, live counts. No page needs it to be read.
(() => {
  'use strict';

  const root = new URL('..', document.currentScript.src);
  const announcement = document.getElementById('announcement');
  const maxFieldLinks = 5;
  const countsEveryMillis = 5_000;
  const sharesEveryMillis = 30_000;

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

  function readEntries() {
    const items = new Map([...document.querySelectorAll('.types > li')].map((item) => [item.dataset.type, item]));
    return window.ediSearchIndex.map(([type, words, stage, owner, fields]) => {
      const paths = fields.map((field) => (typeof field === 'string' ? [field, `field-${field}`] : field));
      return {
        item: items.get(type),
        type,
        domain: type.split('.')[0],
        stage,
        owner,
        words: `${type} ${words} ${stage} ${owner}`.toLowerCase(),
        fields: paths.map(([path, anchor]) => ({ path, anchor, lower: path.toLowerCase() })),
        fieldText: paths.map(([path]) => path).join('\n').toLowerCase(),
      };
    });
  }

  function showFieldLinks({ item }, fields) {
    item.querySelector('.matches')?.remove();
    if (fields.length === 0) return;
    const page = item.querySelector('a').getAttribute('href');
    const links = fields.slice(0, maxFieldLinks).map(({ path, anchor }) => {
      return element('a', { href: `${page}#${anchor}` }, element('code', { textContent: path }));
    });
    const more = fields.length > maxFieldLinks ? [` and ${fields.length - maxFieldLinks} more`] : [];
    item.append(element('p', { className: 'matches' }, 'Fields: ', ...links.flatMap((link) => [link, ' ']), ...more));
  }

  function startSearch(form) {
    const entries = readEntries();
    const query = form.querySelector('#q');
    const filters = [...form.querySelectorAll('select')];
    const found = document.getElementById('found');
    const nothing = document.getElementById('nothing');
    const main = document.getElementById('main');
    const sections = [...document.querySelectorAll('.domain')].map((section) => {
      const own = entries.filter(({ item }) => section.contains(item));
      return { section, list: section.querySelector('.types'), own };
    });
    let urlTimer;

    function fits(entry, terms) {
      if (filters.some(({ id, value }) => value !== '' && entry[id] !== value)) return false;
      return terms.every((term) => entry.words.includes(term) || entry.fieldText.includes(term));
    }

    function search() {
      const terms = query.value.toLowerCase().split(/\s+/).filter((term) => term !== '');
      let shown = 0;
      for (const entry of entries) {
        const isShown = fits(entry, terms);
        entry.item.hidden = !isShown;
        if (isShown) shown++;
        // Only terms that the type's own words do not explain: each of its fields would fit the others too.
        const inFields = isShown ? terms.filter((term) => !entry.words.includes(term)) : [];
        const fieldFits = ({ lower }) => inFields.some((term) => lower.includes(term));
        showFieldLinks(entry, inFields.length === 0 ? [] : entry.fields.filter(fieldFits));
      }
      for (const { section, own } of sections) section.hidden = !own.some(({ item }) => !item.hidden);
      putNamedFirst(terms);
      const all = `${numberOf(entries.length)} ${entries.length === 1 ? 'type' : 'types'}`;
      found.textContent = shown === entries.length ? all : `${numberOf(shown)} of ${all}`;
      nothing.hidden = shown > 0 || entries.length === 0;
    }

    /** Types whose name holds every term go before those that fit by a field or a word, and so do their domains. */
    function putNamedFirst(terms) {
      const isNamed = ({ type }) => terms.every((term) => type.includes(term));
      const inOrder = (list, isFirst) => [...list.filter(isFirst), ...list.filter((each) => !isFirst(each))];
      for (const { list, own } of sections) list.append(...inOrder(own, isNamed).map(({ item }) => item));
      main.append(...inOrder(sections, ({ own }) => own.some(isNamed)).map(({ section }) => section));
    }

    function searchAnew() {
      search();
      clearTimeout(urlTimer);
      urlTimer = setTimeout(keepInUrl, 300);
    }

    function keepInUrl() {
      const wanted = [query, ...filters].filter(({ value }) => value !== '').map(({ id, value }) => [id, value]);
      const text = new URLSearchParams(wanted).toString();
      history.replaceState(null, '', text === '' ? location.pathname : `?${text}`);
    }

    const asked = new URLSearchParams(location.search);
    for (const control of [query, ...filters]) control.value = asked.get(control.id) ?? '';
    query.addEventListener('input', searchAnew);
    for (const select of filters) select.addEventListener('change', searchAnew);
    form.addEventListener('submit', (event) => event.preventDefault());
    form.hidden = false;
    search();
    if (location.hash === '#q') query.focus();
    document.addEventListener('keydown', (event) => moveByKey(event, query, searchAnew));
  }

  function moveByKey(event, query, search) {
    const links = [...document.querySelectorAll('.types > li:not([hidden]) h3 a')];
    const at = links.indexOf(document.activeElement);
    const inSearch = document.activeElement === query;
    if (!inSearch && at < 0) return;
    if (event.key === 'ArrowDown') links[at + 1]?.focus();
    else if (event.key === 'ArrowUp') (at > 0 ? links[at - 1] : query).focus();
    else if (event.key === 'Escape') {
      query.value = '';
      query.focus();
      search();
    } else if (event.key === 'Enter' && inSearch && query.value.trim() !== '') links[0]?.click();
    else return;
    event.preventDefault();
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

  function percentOf({ events, legacyEvents }) {
    const percent = (100 * legacyEvents) / events;
    return percent > 0 && percent < 0.1 ? 'less than 0.1%' : `${percent.toFixed(1)}%`;
  }

  function shareText(week) {
    const { events, legacyEvents } = week;
    if (events === 0) return `${week.week}: no events`;
    return `${week.week}: ${percentOf(week)}, ${numberOf(legacyEvents)} of ${numberOf(events)}`;
  }

  /** A bar a week in the height of its share; what is there is seen, however little it is. */
  function drawShares(figure, weeks) {
    const svgElement = (name, attributes) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      return made;
    };
    const [width, height] = [24, 100];
    const svg = svgElement('svg', { viewBox: `0 0 ${weeks.length * width} ${height}`, role: 'img' });
    svg.setAttribute('aria-label', `Share of legacy files. ${weeks.map(shareText).join('; ')}`);
    for (const [at, week] of weeks.entries()) {
      const { events, legacyEvents } = week;
      const tall = legacyEvents === 0 ? 0 : Math.max(2, (height * legacyEvents) / events);
      const place = { x: at * width, width: width - 4 };
      const all = svgElement('rect', { ...place, y: 0, height, class: events === 0 ? 'none' : 'all' });
      const title = svgElement('title', {});
      title.textContent = shareText(week);
      all.append(title);
      svg.append(all, svgElement('rect', { ...place, y: height - tall, height: tall, class: 'part' }));
    }
    const newest = weeks.findLast(({ events }) => events > 0);
    const told = newest === undefined ? 'No events in these weeks.' : `The last week with events is ${shareText(newest)}.`;
    const caption = `Weeks from ${weeks[0].week} on. ${told}`;
    figure.replaceChildren(svg, element('figcaption', { textContent: caption }));
    figure.hidden = false;
  }

  async function refreshShares(figure) {
    if (document.visibilityState === 'hidden') return;
    try {
      const response = await fetch(figure.dataset.shares, { cache: 'no-store' });
      if (response.ok) return drawShares(figure, (await response.json()).weeks);
    } catch {
      // The deployment has stopped; what was drawn stays.
    }
  }

  addCopyButtons();
  focusSearchOnSlash();
  const shares = document.getElementById('legacy-share');
  if (shares !== null) {
    refreshShares(shares);
    setInterval(() => refreshShares(shares), sharesEveryMillis);
  }
  const form = document.getElementById('search');
  if (form !== null) startSearch(form);
  const countsUrl = document.body.dataset.counts;
  if (countsUrl !== undefined) {
    refreshCounts(countsUrl);
    setInterval(() => refreshCounts(countsUrl), countsEveryMillis);
    document.addEventListener('visibilitychange', () => refreshCounts(countsUrl));
  }
})();
