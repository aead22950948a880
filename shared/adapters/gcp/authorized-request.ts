import type { JsonObject, JsonValue } from '../../event/json.ts';

/** Asks an API of Google's with the operator's credentials, as Google's client libraries find them; with a body it is a POST. */
export async function authorizedRequest(scopes: string[], url: string, body?: JsonObject): Promise<JsonValue> {
  const { googleAuthLibrary } = await import('google-gax');
  const { data } = await new googleAuthLibrary.GoogleAuth({ scopes }).request<JsonValue>({
    url,
    ...(body === undefined ? {} : { method: 'POST', data: body }),
  });
  return data;
}
