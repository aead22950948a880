/**
 * A token that says to a function who calls it ("Authenticating for invocation", Cloud Run), by the credentials that
 * Google's client libraries find. Rejects where there are none that can make one.
 */
export async function fetchIdentityToken(audience: string): Promise<string> {
  const { googleAuthLibrary } = await import('google-gax');
  const client = await new googleAuthLibrary.GoogleAuth().getIdTokenClient(audience);
  return await client.idTokenProvider.fetchIdToken(audience);
}
