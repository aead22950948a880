/** The paths of the receiver API, and the methods that each takes. */
export const methods = {
  '/v1/events': 'POST, OPTIONS',
  '/v1/policy': 'GET, HEAD, OPTIONS',
  '/v1/openapi.json': 'GET, HEAD, OPTIONS',
  '/health': 'GET, HEAD',
} as const;

export function isPath(path: string): path is keyof typeof methods {
  return Object.hasOwn(methods, path);
}
