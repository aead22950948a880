import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Command } from 'commander';
import type { FunctionName } from '../../functions/index.ts';
import { isJsonObject, type JsonObject, parseJson } from '../../shared/event/json.ts';
import { CliError } from './cli-error.ts';
import { envOption } from './env-option.ts';
import { runningAt } from './find-deployment.ts';
import { urlOption } from './url-option.ts';

/** A function of a deployment that operators call. */
export interface FunctionTarget {
  /** The name that people know it by. */
  readonly name: string;
  readonly url: string;
  /** The header that lets the caller in. Rejects with `CliError`. */
  authorization(): Promise<string>;
}

export interface FunctionTargetFlags {
  readonly url: string;
  readonly env: string;
}

export type OpenFunctionTarget = (flags: FunctionTargetFlags) => Promise<FunctionTarget>;

export function addFunctionTargetOptions(command: Command): Command {
  return command.addOption(urlOption()).addOption(envOption('of which environment'));
}

/** The deployment at `--url` that runs on this machine, or the function of an environment. */
export function openFunctionTarget(name: FunctionName): OpenFunctionTarget {
  return async ({ url, env }) => {
    if (env !== 'local') return environmentTarget(name, env);
    const deployment = runningAt(url);
    return {
      name: `the deployment at ${deployment.url}`,
      url: `${deployment.operatorUrl}/functions/${name}`,
      authorization: async () => `Bearer ${deployment.token}`,
    };
  };
}

async function environmentTarget(name: FunctionName, env: string): Promise<FunctionTarget> {
  const [{ knownEnvironment }, { cloudNames }] = await Promise.all([
    import('../known-environments.ts'),
    import('../cloud-names.ts'),
  ]);
  const environment = await knownEnvironment(env);
  const url = cloudNames(environment).functionUrl(name, environment.stateRegion);
  const authorization = async () => `Bearer ${process.env['EDI_IDENTITY_TOKEN'] ?? (await identityToken(url))}`;
  return { name: `environment ${env}`, url, authorization };
}

async function identityToken(url: string): Promise<string> {
  const { fetchIdentityToken } = await import('../../shared/adapters/gcp/identity-token.ts');
  try {
    return await fetchIdentityToken(url);
  } catch {
    throw new CliError(
      'no identity token could be had for the function: use a service account, or set EDI_IDENTITY_TOKEN to what ' +
        '`gcloud auth print-identity-token` prints',
    );
  }
}

/** A query of the warehouse may take minutes before it answers. */
const answerTimeoutSeconds = 300;
/** A row is a fraction of this. */
const maxLineLength = 16 * 1_048_576;

interface Asking {
  /** Below the function's address. Default: `/`, that address. */
  readonly path?: string;
  /** Makes it a POST. */
  readonly body?: JsonObject;
  readonly signal?: AbortSignal;
  /** How long its answer is waited for. Default 300. */
  readonly boundSeconds?: number;
}

/** The answer of the function, one JSON object. Rejects with `CliError` or `Broken`. */
export async function askFunction(target: FunctionTarget, asking: Asking): Promise<JsonObject> {
  const late = AbortSignal.timeout((asking.boundSeconds ?? answerTimeoutSeconds) * 1_000);
  const signal = asking.signal === undefined ? late : AbortSignal.any([asking.signal, late]);
  const answer = parseJson(await textOf(await send(target, { ...asking, signal })));
  if (!isJsonObject(answer)) throw otherVersionOf(target);
  return answer;
}

/** The same for a question that is not asked again by itself. Rejects with `CliError`. */
export async function askOnce(target: FunctionTarget, path = '/'): Promise<JsonObject> {
  try {
    return await askFunction(target, { path });
  } catch (error) {
    throw error instanceof Broken ? new CliError(`${target.name} does not answer: try again`) : error;
  }
}

/** The answer of the function, a line at a time. Rejects with `Broken` when the connection breaks off. */
export async function* askLines(
  target: FunctionTarget,
  body: JsonObject,
  signal: AbortSignal,
  path = '/',
): AsyncGenerator<JsonObject> {
  const response = await send(target, { path, body, signal });
  let rest = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > maxLineLength) throw otherVersionOf(target);
      for (const line of lines) {
        const value = parseJson(line);
        if (isJsonObject(value)) yield value;
      }
    }
  } catch (error) {
    throw error instanceof CliError ? error : new Broken();
  }
}

/** The function answered that it will not do it. */
export class Refused extends CliError {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The connection broke off, or nobody answers; to be tried again. */
export class Broken extends Error {}

export function otherVersionOf({ name }: FunctionTarget): CliError {
  return new CliError(`${name} runs another version of this program: use its own`);
}

interface Sending extends Asking {
  readonly signal: AbortSignal;
}

/** Not fetch, which gives up an answer that is silent for five minutes. */
async function send(target: FunctionTarget, { path = '/', body, signal }: Sending): Promise<IncomingMessage> {
  const url = new URL(`${target.url.replace(/\/$/, '')}${path}`);
  const authorization = await target.authorization();
  const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = open(url, { method: body === undefined ? 'GET' : 'POST', headers, signal });
    request.on('error', () => reject(new Broken()));
    request.on('response', resolve);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  const answer = parseJson(await textOf(response));
  if (status === 502 || status === 503 || status === 504) throw new Broken();
  const told = isJsonObject(answer) && typeof answer['error'] === 'string' ? answer['error'] : `HTTP status ${status}`;
  throw new Refused(`${target.name} refused: ${told}`, status);
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  } catch {
    throw new Broken();
  }
  return text;
}
