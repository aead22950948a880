import { CloudEvent, emitterFor, httpTransport, Mode } from 'cloudevents';

// The JavaScript SDK as its documentation shows it. It has no batch mode of its own: a batch is an array of its events.

const { TARGET, KEY, DATA, EVENTS } = process.env;
const headers = { authorization: `Bearer ${KEY}` };
const template = JSON.parse(DATA);

function makeEvent(mode, at, asBytes = false) {
  const data = { ...template, track: { track_id: `javascript-${mode}-${at}` } };
  return new CloudEvent({
    type: 'playback.track-played.v1',
    source: 'urn:cloudevents:javascript',
    subject: 'Zoë',
    datacontenttype: 'application/json',
    data: asBytes ? new TextEncoder().encode(JSON.stringify(data)) : data,
  });
}

const binary = emitterFor(httpTransport(TARGET), { mode: Mode.BINARY });
const structured = emitterFor(httpTransport(TARGET), { mode: Mode.STRUCTURED });
for (let at = 0; at < Number(EVENTS); at++) {
  await binary(makeEvent('binary', at), { headers });
  await structured(makeEvent('structured', at), { headers });
  await binary(makeEvent('binary-bytes', at, true), { headers });
  await structured(makeEvent('structured-bytes', at, true), { headers });
}
const batch = Array.from({ length: Number(EVENTS) }, (_, at) => makeEvent('batch', at));
await fetch(TARGET, {
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/cloudevents-batch+json' },
  body: JSON.stringify(batch),
});
