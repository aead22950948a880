/** The realm of the synthetic people whose erasure is proven every day. None of them is anybody. */
export const proofRealm = 'edi-proof';
/** What is sent of them: `schemas/edi/erasure-proof.v1.json`. */
export const proofType = 'edi.erasure-proof.v1';
/** The SDK binding of the key with which it is sent; it alone may send the type. */
export const proofSdk = 'edi-proof';
/** Id of the account that may erase the people of that realm and nobody else: that of the function prove-erasure. */
export const proverAccount = 'edi-prove-erasure';
