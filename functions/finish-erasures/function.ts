import { answer, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import { checkFinishErasuresConfig, defaultFinishErasuresConfig } from './config.ts';
import { needs } from './needs.ts';
import { sweepRowsIfDue } from './rows.ts';
import { sweepIfDue } from './stage.ts';

/**
 * Starts the HTTP function that a schedule calls: 204 when nothing is left to do now, else 503 and a log entry, and the next
 * call goes on. Only its schedule may call it (IAM); whoever else did would have the same rows changed. Throws a `SettingError`.
 */
export async function start(ports: PortsOf<typeof needs>, config = defaultFinishErasuresConfig): Promise<HttpHandler> {
  const { statements, clock, observer, databases } = ports;
  checkFinishErasuresConfig(config, needs.size.timeoutSeconds);
  const finish = { statements, clock, config };

  async function sweepQuarantine(): Promise<boolean> {
    const outcome = await sweepIfDue(finish);
    if (outcome.kind === 'waits') observer.log('ERROR', 'the quarantine was not swept', { outcome: outcome.why });
    if (outcome.kind !== 'swept') return outcome.kind === 'nothing-due';
    observer.count('quarantine-erased', outcome.rows);
    observer.log('INFO', 'the quarantine was swept', { records: outcome.rows });
    return true;
  }

  async function sweepRows(): Promise<boolean> {
    const outcome = await sweepRowsIfDue({ ...finish, registry: databases.registry });
    if (outcome.kind === 'nothing-due') return true;
    const { rows } = outcome;
    observer.count('rows-unlinked', rows);
    if (outcome.kind === 'swept') observer.log('INFO', 'rows of the erased were swept', { rows });
    else if (outcome.kind === 'goes-on') {
      observer.log('INFO', 'the next call sweeps the other tables', { rows, left: outcome.tables });
    } else {
      const { tables: left, why } = outcome;
      observer.log('ERROR', 'rows of the erased were not all swept', { rows, left, why });
    }
    return outcome.kind !== 'waits';
  }

  async function isDone(sweep: () => Promise<boolean>, failed: string): Promise<boolean> {
    try {
      return await sweep();
    } catch (error) {
      observer.log('ERROR', failed, describeError(error));
      return false;
    }
  }

  return async (request, response) => {
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    const quarantine = await isDone(sweepQuarantine, 'the quarantine was not swept');
    const rows = await isDone(sweepRows, 'rows of the erased were not all swept');
    if (quarantine && rows) observer.count('erasures-finished');
    answer(response, quarantine && rows ? 204 : 503);
  };
}
