import { answer, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import { checkFinishErasuresConfig, defaultFinishErasuresConfig } from './config.ts';
import type { needs } from './needs.ts';
import { sweepIfDue } from './stage.ts';

/**
 * Starts the HTTP function that a schedule calls: 204 when nothing is left to do now, else 503 and a log entry, and the next
 * call goes on. Only its schedule may call it (IAM); whoever else did would have the same rows deleted. Throws a `SettingError`.
 */
export async function start(ports: PortsOf<typeof needs>, config = defaultFinishErasuresConfig): Promise<HttpHandler> {
  const { statements, clock, observer } = ports;
  checkFinishErasuresConfig(config);
  return async (request, response) => {
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    try {
      const outcome = await sweepIfDue({ statements, clock, config });
      if (outcome.kind === 'swept') {
        observer.count('quarantine-erased', outcome.rows);
        observer.log('INFO', 'the quarantine was swept', { records: outcome.rows });
      }
      if (outcome.kind !== 'waits') return answer(response, 204);
      observer.log('ERROR', 'the quarantine was not swept', { outcome: outcome.why });
    } catch (error) {
      observer.log('ERROR', 'the quarantine was not swept', describeError(error));
    }
    answer(response, 503);
  };
}
