// What the page of a type does: folding and filtering of its fields, and plots of its state.
(() => {
  'use strict';

  const { element, numberOf } = window.ediCatalog;
  const refreshEveryMillis = 30_000;
  const [barWidth, barGap, plotHeight] = [24, 4, 100];

  /** A field may be folded away in those around it. */
  function showTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null) return;
    let isFolded = false;
    for (let at = target.parentElement?.closest('details'); at; at = at.parentElement?.closest('details')) {
      isFolded ||= !at.open;
      at.open = true;
    }
    if (isFolded) target.scrollIntoView();
  }

  function startFieldFilter(form) {
    const query = form.querySelector('input');
    const found = document.getElementById('fields-found');
    const inside = [...document.querySelectorAll('#fields .inside')];
    const wasOpen = new Map(inside.map((details) => [details, details.open]));
    const fields = [...document.querySelectorAll('#fields > .fields .field')].map((item) => ({
      item,
      text: [...item.children]
        .filter((child) => !child.matches('.inside'))
        .map(({ textContent }) => textContent)
        .join(' ')
        .toLowerCase(),
    }));

    function fold(open) {
      for (const details of inside) details.open = open;
    }

    let fitting = fields;

    function filter() {
      const terms = query.value.toLowerCase().split(/\s+/).filter((term) => term !== '');
      fitting = fields.filter(({ text }) => terms.every((term) => text.includes(term)));
      const shown = new Set();
      for (const { item } of fitting) for (let at = item; at; at = at.parentElement.closest('.field')) shown.add(at);
      for (const { item } of fields) item.hidden = !shown.has(item);
      for (const details of inside) details.open = terms.length > 0 ? true : wasOpen.get(details);
      const all = `${numberOf(fields.length)} fields`;
      found.textContent = terms.length === 0 ? all : `${numberOf(fitting.length)} of ${all}`;
    }

    query.addEventListener('input', filter);
    query.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        query.value = '';
        filter();
      } else if (event.key === 'Enter') {
        const [first] = fitting;
        if (first !== undefined) location.hash = first.item.id;
      } else return;
      event.preventDefault();
    });
    form.addEventListener('submit', (event) => event.preventDefault());
    document.getElementById('unfold').addEventListener('click', () => fold(true));
    document.getElementById('fold').addEventListener('click', () => fold(false));
    form.hidden = false;
    filter();
  }

  function svgElement(name, attributes, text) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /** Bars side by side: `{part: 0 to 1, isEmpty, text}`. What is there is seen, however little it is. */
  function drawBars(figure, { label, caption, bars }) {
    const svg = svgElement('svg', {
      viewBox: `0 0 ${bars.length * barWidth} ${plotHeight}`,
      preserveAspectRatio: 'none',
      role: 'img',
    });
    svg.setAttribute('aria-label', `${label} ${bars.map(({ text }) => text).join('; ')}`);
    for (const [at, { part, isEmpty, text }] of bars.entries()) {
      const tall = part > 0 ? Math.max(2, plotHeight * part) : 0;
      const place = { x: at * barWidth, width: barWidth - barGap };
      const all = svgElement('rect', { ...place, y: 0, height: plotHeight, class: isEmpty ? 'none' : 'all' });
      all.append(svgElement('title', {}, text));
      const own = svgElement('rect', { ...place, y: plotHeight - tall, height: tall, class: 'part' });
      own.append(svgElement('title', {}, text));
      svg.append(all, own);
    }
    figure.replaceChildren(svg, element('figcaption', { textContent: caption }));
    figure.hidden = false;
  }

  function percentText(part, whole) {
    const percent = (100 * part) / whole;
    return percent > 0 && percent < 0.1 ? 'less than 0.1%' : `${percent.toFixed(1)}%`;
  }

  function drawShares(figure, { weeks }) {
    const textOf = ({ week, events, legacyEvents }) =>
      events === 0
        ? `${week}: no events`
        : `${week}: ${percentText(legacyEvents, events)}, ${numberOf(legacyEvents)} of ${numberOf(events)}`;
    const newest = weeks.findLast(({ events }) => events > 0);
    const told = newest === undefined ? 'No events in these weeks.' : `The last week with events is ${textOf(newest)}.`;
    drawBars(figure, {
      label: 'Share of legacy files.',
      caption: `Weeks from ${weeks[0].week} on. ${told}`,
      bars: weeks.map((week) => ({
        part: week.events === 0 ? 0 : week.legacyEvents / week.events,
        isEmpty: week.events === 0,
        text: textOf(week),
      })),
    });
  }

  function dayText({ day, received, unnumbered, refused, lost, unexplained }) {
    if (received + refused + lost + unexplained === 0) return `${day}: no events`;
    const known = received > 0 && unnumbered === received ? 'none of them numbered' : `${numberOf(unexplained)} missing`;
    const others = [...(refused > 0 ? [`${numberOf(refused)} refused`] : []), ...(lost > 0 ? [`${numberOf(lost)} lost`] : [])];
    return [`${day}: ${numberOf(received)} received`, known, ...others].join(', ');
  }

  function drawCompleteness(figure, days) {
    const all = ({ received, refused, lost, unexplained }) => received + refused + lost + unexplained;
    const newest = days.findLast((day) => all(day) > 0);
    drawBars(figure, {
      label: 'Received of what was sent, by day.',
      caption: `Received of what was sent, by day. ${newest === undefined ? 'No events in these days.' : `The last day with events is ${dayText(newest)}.`}`,
      bars: days.map((day) => ({
        part: all(day) === 0 ? 0 : day.received / all(day),
        isEmpty: all(day) === 0,
        text: dayText(day),
      })),
    });
  }

  const secondsText = (seconds) => (seconds < 1 ? `${Math.round(seconds * 1_000)} ms` : `${seconds.toFixed(1)} s`);

  function hourText({ hour, rows, p50Seconds, p99Seconds }) {
    const start = `${hour.slice(0, 16).replace('T', ' ')} UTC`;
    if (rows === 0) return `${start}: no rows`;
    return `${start}: ${numberOf(rows)} ${rows === 1 ? 'row' : 'rows'}, half within ${secondsText(p50Seconds)}, 99 of 100 within ${secondsText(p99Seconds)}`;
  }

  function drawFreshness(figure, hours, newestReceived) {
    const slowest = Math.max(...hours.map(({ p99Seconds = 0 }) => p99Seconds));
    const newest = hours.findLast(({ rows }) => rows > 0);
    const told =
      newest === undefined
        ? 'No rows in these hours.'
        : `The full height is ${secondsText(slowest)}. ${hourText(newest)}. The newest row was received at ${newestReceived.slice(0, 19).replace('T', ' ')} UTC.`;
    drawBars(figure, {
      label: 'Time from receipt to row, by hour.',
      caption: `Time from receipt to row, 99 of 100, by hour. ${told}`,
      bars: hours.map((hour) => ({
        part: hour.rows === 0 ? 0 : hour.p99Seconds / slowest,
        isEmpty: hour.rows === 0,
        text: hourText(hour),
      })),
    });
  }

  function drawState({ days, hours, newestReceived }) {
    drawCompleteness(document.getElementById('completeness'), days);
    drawFreshness(document.getElementById('freshness'), hours, newestReceived);
  }

  /** Now, and again while somebody looks. */
  function keepDrawn(url, draw) {
    const refresh = async () => {
      if (document.visibilityState === 'hidden') return;
      try {
        const response = await fetch(url, { cache: 'no-store' });
        if (response.ok) draw(await response.json());
      } catch {
        // The deployment has stopped; what was drawn stays.
      }
    };
    refresh();
    setInterval(refresh, refreshEveryMillis);
  }

  const filterForm = document.getElementById('field-filter');
  if (filterForm !== null) startFieldFilter(filterForm);
  const shares = document.getElementById('legacy-share');
  if (shares !== null) keepDrawn(shares.dataset.shares, (answer) => drawShares(shares, answer));
  const plots = document.getElementById('plots');
  if (plots !== null) keepDrawn(plots.dataset.state, drawState);
  addEventListener('hashchange', showTarget);
  showTarget();
})();
