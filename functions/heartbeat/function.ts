import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import { answer, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { requireSetting } from '../../shared/needs/settings.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import { defaultHeartbeatConfig, type HeartbeatConfig } from './config.ts';
import type { needs } from './needs.ts';
import { type DoorAnswer, type HeartbeatPorts, makeHeartbeatStage } from './stage.ts';

/**
 * Starts the HTTP function that a schedule calls: 204 when every heartbeat was taken, else 503 and a log entry. Only its
 * schedule may call it (IAM); whoever else did would send the same events once more, which are known.
 */
export async function start(ports: PortsOf<typeof needs>, config = defaultHeartbeatConfig): Promise<HttpHandler> {
  const { databases, clock, observer, secrets } = ports;
  requireSetting('frontDoor', config.frontDoor);
  const beat = makeHeartbeatStage(
    { registry: databases.registry, clock, send: sender(secrets.heartbeatKey, config) },
    config,
  );
  return async (request, response) => {
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    try {
      const { taken, missed, problems } = await beat();
      if (missed === 0) return answer(response, 204);
      observer.log('ERROR', 'heartbeats were not taken', { taken, missed, problem: problems.join(', ') });
    } catch (error) {
      observer.log('ERROR', 'heartbeats were not sent', describeError(error));
    }
    answer(response, 503);
  };
}

/** Sends over HTTP, with a write key of its own, as any client. */
function sender(key: string, { frontDoor, requestTimeoutMillis }: HeartbeatConfig): HeartbeatPorts['send'] {
  return async (events): Promise<DoorAnswer> => {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${frontDoor}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(events),
        signal: AbortSignal.timeout(requestTimeoutMillis),
      });
      ({ status } = response);
      text = await response.text();
    } catch {
      return { kind: 'unreachable' };
    }
    const parsed = parseJson(text);
    const rejected = isJsonObject(parsed) ? parsed['rejected'] : undefined;
    return status === 200 && Array.isArray(rejected)
      ? { kind: 'answered', rejected: rejected.length }
      : { kind: 'refused', status };
  };
}
