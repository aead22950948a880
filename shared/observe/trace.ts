import type { IncomingHttpHeaders } from 'node:http';
import type { LogFields } from './observer.ts';

/**
 * The log fields that tie a line to its request's trace in Cloud Logging. Reads W3C Trace Context's `traceparent`
 * (level 1, section 3.2), else Google's `x-cloud-trace-context`. Without a project id the bare trace id is logged.
 */
export function traceFields(headers: IncomingHttpHeaders, projectId?: string): LogFields {
  const traceparent = headers['traceparent'];
  const cloudTrace = headers['x-cloud-trace-context'];
  const match =
    (typeof traceparent === 'string' && /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent)) ||
    (typeof cloudTrace === 'string' && /^([0-9a-f]{32})\//.exec(cloudTrace));
  if (!match) return {};
  const trace = match[1] ?? '';
  return { 'logging.googleapis.com/trace': projectId === undefined ? trace : `projects/${projectId}/traces/${trace}` };
}
