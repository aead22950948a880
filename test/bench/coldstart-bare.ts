import { http } from '@google-cloud/functions-framework';

// The least that a function can be: what coldstart.ts compares with.
http('bare', (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.end('ok\n');
});
