import { runNamedProgram } from '../helpers/named-programs.ts';

// npm run check -- NAME. A new check is a file in this folder and an entry here; nothing else lists them. It says why and
// exits with 3 where what it needs is missing.
await runNamedProgram({
  bigquery: {
    what: 'tables and exact views in a BigQuery emulator that others wrote; needs BIGQUERY_EMULATOR_HOST',
    load: () => import('./bigquery.ts'),
  },
  'schema-validators': {
    what: "ingest's validator against Python's jsonschema, jsonschema-rs and jschon; needs them, and EDI_PYTHON",
    load: () => import('./schema-validators.ts'),
  },
  'cloudevents-sdks': {
    what: 'CloudEvents SDKs of JavaScript, Go, Python and Java, unmodified, in each mode that they have',
    load: () => import('./cloudevents-sdks.ts'),
  },
  'apply-emulator': {
    what: "Terraform's topics and subscriptions applied to Google's Pub/Sub emulator, with functions and demo on it",
    load: () => import('./apply-emulator.ts'),
  },
  exactness: {
    what: "a black-box report: the emulators' deployment under kills and stops, judged by what was sent and answered",
    load: () => import('./exactness.ts'),
  },
  'client-conformance': {
    what: 'what any client loses, doubles or sends for ever, against a server that misbehaves on purpose',
    load: () => import('./client-conformance.ts'),
  },
  'legacy-thrice': {
    what: 'a legacy file exported three times, in pieces and under kills: each record is one row [--records 1000000]',
    load: () => import('./legacy-thrice.ts'),
  },
  'power-failure': {
    what: 'embedded deployment on a disk that loses what was not synced; needs Linux and a C compiler',
    load: () => import('./power-failure.ts'),
  },
  tink: {
    what: 'keysets and ciphertexts against a real Tink, both ways; needs Python, and installs its package for the time',
    load: () => import('./tink.ts'),
  },
  pictures: {
    what: "the README's pictures, made anew from a deployment that runs; needs chromium",
    load: () => import('./pictures.ts'),
  },
  licences: {
    what: 'licences of the packages that functions are deployed with; fails on one that is not on the short list',
    load: () => import('./licences.ts'),
  },
});
