/**
 * Texts of one event as clients may write it; each says something else, or something more, when it is parsed and written
 * again. `data` is the text of its payload.
 */
export const clientTexts: readonly (readonly [what: string, text: (data: string) => string])[] = [
  [
    'numbers beyond 2^53',
    (data) => event(`"n":[9007199254740993,-12345678901234567890123,1.10,1E+2,-0],"data":${data}`),
  ],
  ['unusual spacing', (data) => `{\t"data" :\r\n${data}\n, ${event('').slice(1)} `.trim()],
  ['escapes', (data) => event(`"note":"\\u00e9\\/\\u0022\\\\ ],[ \\uD83D\\ude00","data":${data}`)],
  ['duplicate keys', (data) => event(`"note":1,"note":2,"data":{"gone":1},"data":${data}`)],
  ['keys that are moved when they are written', (data) => event(`"z":1,"2":1,"1":1,"data":${data}`)],
  ['text beyond ASCII', (data) => event(`"note": "é \u2028 😀 \u007f","data":${data}`)],
];

function event(rest: string): string {
  const envelope =
    '"specversion":"1.0","id":"e-1","source":"installation-1","type":"shop.order.v1","time":"2025-12-31T23:00:00Z"';
  return `{${envelope}${rest === '' ? '' : `,${rest}`}}`;
}
