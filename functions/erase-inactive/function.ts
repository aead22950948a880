import { answer, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import { checkEraseInactiveConfig, defaultEraseInactiveConfig } from './config.ts';
import { needs } from './needs.ts';
import { eraseInactive, type InactivePorts } from './stage.ts';

/**
 * Starts the HTTP function that a schedule calls: 204 when nobody is left who is inactive, or as many as one call takes are
 * erased; else 503 and a log entry, and the next call goes on. Only its schedule may call it (IAM). Throws a `SettingError`.
 */
export async function start(
  { databases, secrets, publisher, topics, clock, random, observer }: PortsOf<typeof needs>,
  config = defaultEraseInactiveConfig,
): Promise<HttpHandler> {
  checkEraseInactiveConfig(config, needs.size.timeoutSeconds);
  const { subjectKeys: keys, subjectSources: sources, subjectUses: uses, erasures } = databases;
  const told = { publisher, erasedTopic: topics.subjectErased };
  const ports: InactivePorts = {
    ...{ uses, keys, sources, erasures, ...told, lookupKey: secrets.lookupKey, clock, random, config },
  };
  return async (request, response) => {
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    try {
      const { looked, erased, erasure, more } = await eraseInactive(ports);
      const named = erasure === undefined ? {} : { erasure };
      if (looked > 0) observer.log('INFO', 'marks of use were looked at', { looked, erased, more, ...named });
      return answer(response, 204);
    } catch (error) {
      observer.log('ERROR', 'inactive subjects were not erased', describeError(error));
    }
    answer(response, 503);
  };
}
