import { element, numberText } from './page.js';

const [width, height, top] = [600, 120, 8];
const svgNamespace = 'http://www.w3.org/2000/svg';
/** Seconds that the rate in words is of. */
const nowSeconds = 6;

function drawn(name, attributes, ...children) {
  const node = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A line of rates, and the area below it. */
function shapes(counts, highest, kind) {
  const step = width / (counts.length - 1);
  const y = (count) => height - (count / highest) * (height - top);
  const points = counts.map((count, at) => `${(at * step).toFixed(1)},${y(count).toFixed(1)}`).join(' ');
  return [
    drawn('polygon', { class: `area-${kind}`, points: `0,${height} ${points} ${width},${height}` }),
    drawn('polyline', { class: `line-${kind}`, points }),
  ];
}

/** The next of 1, 2, 5, 10, 20 … so that the plot does not jump with every point. */
function niceCeiling(value) {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * magnitude).find((step) => step >= value) ?? value;
}

const perSecond = (value) => numberText(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);

/** The last minutes as lines, and the last seconds in words. The last point is still being counted, so it is left out. */
export function showRates({ pointSeconds, rows, refused }) {
  const [rowRates, refusedRates] = [rows, refused].map((counts) => counts.slice(0, -1).map((n) => n / pointSeconds));
  const average = (rates) =>
    rates.slice(-nowSeconds / pointSeconds).reduce((sum, rate) => sum + rate, 0) / (nowSeconds / pointSeconds);
  const [rowsNow, refusedNow] = [average(rowRates), average(refusedRates)];
  element('rate').textContent = `${perSecond(rowsNow)} rows a second, ${perSecond(refusedNow)} refused`;
  const most = Math.max(...rowRates, ...refusedRates);
  const highest = niceCeiling(most);
  const label = `Rows a second over the last five minutes: at most ${perSecond(Math.max(...rowRates))}; refused: at most ${perSecond(Math.max(...refusedRates))}`;
  const lines = [0.5, 1].map((part) => {
    const y = height - part * (height - top);
    return drawn('line', { class: 'grid', x1: 0, x2: width, y1: y, y2: y });
  });
  const svg = drawn(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    ...lines,
    ...shapes(rowRates, highest, 'rows'),
    ...shapes(refusedRates, highest, 'refused'),
  );
  const scale = document.createElement('span');
  scale.className = 'scale';
  scale.textContent = `${perSecond(highest)}/s`;
  element('plot').replaceChildren(svg, scale);
}
