import { InvalidArgumentError, Option } from 'commander';

/** Where `npm start` listens. */
export const defaultUrl = 'http://127.0.0.1:8080';

/** `--url`, else the environment's EDI_URL, else what `nameDeployment` chooses. */
export function urlOption(): Option {
  return new Option('--url <url>', 'of the deployment').env('EDI_URL').default(defaultUrl).argParser(readUrl);
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new InvalidArgumentError(`Give a URL such as ${defaultUrl}.`);
  }
  return url.origin;
}
