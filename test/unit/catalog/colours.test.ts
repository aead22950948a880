import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync(new URL('../../../infra/catalog/assets/catalog.css', import.meta.url), 'utf8');
const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)');

function coloursOf(text: string): Map<string, string> {
  const block = /:root \{([^}]*)\}/.exec(text)?.[1] ?? '';
  return new Map(
    [...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** WCAG 2.2, "relative luminance" and "contrast ratio". */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Text, or what shows a control or the focus, on what it stands on, and the least ratio (1.4.3, 1.4.11). */
const pairs = [
  ...['page', 'panel', 'mark'].flatMap((ground) =>
    ['text', 'quiet', 'link'].map((text) => [text, ground, 4.5] as const),
  ),
  ...['badge', 'good', 'trial', 'early', 'bad'].map((ground) => [`${ground}-text`, ground, 4.5] as const),
  ...['page', 'panel', 'mark'].flatMap((ground) => [['focus', ground, 3] as const, ['border', ground, 3] as const]),
];

test.each([
  ['light', coloursOf(light)],
  ['dark', coloursOf(dark)],
])('every %s pair can be read', (_, colours) => {
  const tooLow = pairs.filter(([text, ground, least]) => {
    return !(contrast(colours.get(text) ?? '', colours.get(ground) ?? '') >= least);
  });
  expect(tooLow).toEqual([]);
});

test('both schemes have the same colours, and rules use no others', () => {
  expect([...coloursOf(dark).keys()]).toEqual([...coloursOf(light).keys()]);
  const rules = css.replaceAll(/:root \{[^}]*\}/g, '');
  expect(rules.match(/#[0-9a-f]{3,8}\b|rgb|hsl/g)).toBeNull();
});
