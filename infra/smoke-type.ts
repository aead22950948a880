/** What the smoke test of a deployment sends, by which everybody tells it apart: `schemas/edi/smoke.v1.json`. */
export const smokeType = 'edi.smoke.v1';
/** The SDK binding of its write keys, which alone may send the type. */
export const smokeSdk = 'edi-smoke';
