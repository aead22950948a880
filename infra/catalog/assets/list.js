// Search and filters of the list, and its keys.
(() => {
  'use strict';

  const { element, numberOf } = window.ediCatalog;
  const maxFieldLinks = 5;
  /** Words of a question that say nothing of a type. */
  const idleWords = new Set(
    'a all an and any are data do does event events field fields for have has hold holding holds in is of or that the type types what where which who whose with'.split(
      ' ',
    ),
  );
  /** Whoever asks with such a word asks what becomes of fields. */
  const personalWord = /^(?:personal|pii|(?:pseudonym|token)i[sz]ed|truncated|dropped)$/;

  /** Treatments and realms, and realms in the plural. */
  const saidOfFields = new Set(
    window.ediSearchWords.flatMap((words) => words.toLowerCase().split(' ')).flatMap((word) => [word, `${word}s`]),
  );

  function readEntries() {
    const items = new Map([...document.querySelectorAll('.types > li')].map((item) => [item.dataset.type, item]));
    return window.ediSearchIndex.map(([type, words, stage, owner, subject, fields]) => ({
      item: items.get(type),
      type,
      domain: type.split('.')[0],
      stage,
      owner,
      words: `${type} ${words} ${stage} ${owner}`.toLowerCase(),
      subject,
      fields: fields.map((field) => {
        const [path, anchor, at] = typeof field === 'string' ? [field] : field;
        const personal = window.ediSearchWords[at] ?? '';
        return { path, anchor: anchor || `field-${path}`, lower: `${path} ${personal}`.toLowerCase() };
      }),
    }));
  }

  function termsOf(text) {
    const terms = text.toLowerCase().split(/[\s?,;]+/).filter((term) => term !== '');
    const telling = terms.filter((term) => !idleWords.has(term));
    return telling.length === 0 ? terms : telling;
  }

  /** Whether a text has a term; `customers` is there where `customer` is. */
  function has(text, term) {
    return text.includes(term) || (term.length > 3 && term.endsWith('s') && text.includes(term.slice(0, -1)));
  }

  /** The fields that make a type fit; undefined where it does not, none where its own words are enough. */
  function fieldsThatFit({ words, subject, fields }, terms) {
    if (terms.some((term) => personalWord.test(term))) {
      // A type that is about customers may hold the data of others: who is asked for has to be said of the field.
      const ofFields = terms.filter((term) => saidOfFields.has(term) || !has(words, term));
      const found = fields.filter(({ lower }) => ofFields.every((term) => has(lower, term)));
      return found.length > 0 ? found : undefined;
    }
    const inFields = terms.filter((term) => !has(words, term) && !has(subject, term));
    if (inFields.length === 0) return [];
    if (!inFields.every((term) => fields.some(({ lower }) => has(lower, term)))) return undefined;
    const last = ({ path }) => path.toLowerCase().split('.').at(-1).replace('[]', '');
    const isNamed = (field) => inFields.includes(last(field));
    const found = fields.filter(({ lower }) => inFields.some((term) => has(lower, term)));
    return [...found.filter(isNamed), ...found.filter((field) => !isNamed(field))];
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

    function search() {
      const terms = termsOf(query.value);
      let shown = 0;
      for (const entry of entries) {
        const isFiltered = filters.some(({ id, value }) => value !== '' && entry[id] !== value);
        const fields = isFiltered ? undefined : fieldsThatFit(entry, terms);
        entry.item.hidden = fields === undefined;
        if (fields !== undefined) shown++;
        showFieldLinks(entry, fields ?? []);
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

  const shownItems = '.types > li:not([hidden])';

  function moveByKey(event, query, search) {
    const links = [...document.querySelectorAll(`${shownItems} h3 a, ${shownItems} .matches a`)];
    const at = links.indexOf(document.activeElement);
    const inSearch = document.activeElement === query;
    if (!inSearch && at < 0) return;
    if (event.key === 'ArrowDown') links[at + 1]?.focus();
    else if (event.key === 'ArrowUp') (at > 0 ? links[at - 1] : query).focus();
    else if (event.key === 'Escape') {
      query.value = '';
      query.focus();
      search();
    } else if (event.key === 'Enter' && inSearch && query.value.trim() !== '') firstFound()?.click();
    else return;
    event.preventDefault();
  }

  /** The first field of a type that fits by one; else the type. */
  function firstFound() {
    const item = document.querySelector(shownItems);
    return item?.querySelector('.matches a') ?? item?.querySelector('h3 a');
  }

  const form = document.getElementById('search');
  if (form !== null) startSearch(form);
})();
