import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { App } from 'cdktf';
import { functionNames } from '../../functions/index.ts';
import { prod } from '../../infra/environments/prod.ts';
import { declareEnvironment } from '../../infra/stacks/app.ts';
import { planStack } from '../../infra/terraform/plan-stacks.ts';
import { whyNoTerraform } from '../../infra/terraform/terraform.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { lockOf } from '../../shared/schema-language/columns-lock.ts';

/** Synthesises prod with many event types; with `--plan`, has Terraform plan every stack offline, too. */
const { values } = parseArgs({
  options: {
    types: { type: 'string', default: '600' },
    domains: { type: 'string', default: '20' },
    plan: { type: 'boolean', default: false },
  },
});

const propertyCount = 40;

function makeSchemas(count: number, domains: number): EventSchema[] {
  return Array.from({ length: count }, (_, index) => {
    const fields = Array.from({ length: propertyCount }, (__, at): [string, JsonObject] => [
      `property_${at}`,
      { type: 'string', description: `What property ${at} means` },
    ]);
    const result = readEventSchema({
      edi: {
        type: `domain-${index % domains}.event-${index}.v1`,
        owner: 'team-bench',
        description: 'Something happened.',
        stage: 'ga',
        sdks: ['web'],
        retentionDays: 400,
        subjectRealm: 'customer',
      },
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(fields),
    });
    if (result.kind === 'bad') throw new Error(JSON.stringify(result.problems));
    return result.eventSchema;
  });
}

const seconds = (sinceMillis: number) => ((performance.now() - sinceMillis) / 1_000).toFixed(1);

const folder = mkdtempSync(join(tmpdir(), 'edi-bench-synth-'));
try {
  const schemas = makeSchemas(Number(values.types), Number(values.domains));
  const archives = new Map(
    functionNames.map((name) => {
      const path = join(folder, `${name}.zip`);
      writeFileSync(path, name);
      return [name, { path, sha256: '0'.repeat(64) }];
    }),
  );
  const startMillis = performance.now();
  const app = new App({ outdir: join(folder, 'out') });
  const stacks = declareEnvironment(app, { environment: prod, schemas, lock: lockOf(schemas), sdks: {}, archives });
  app.synth();
  console.log(`${schemas.length} event types, ${stacks.length} stacks: synthesised in ${seconds(startMillis)} s`);
  const reason = values.plan ? whyNoTerraform() : 'ask for it with --plan';
  if (reason !== undefined) console.log(`not planned: ${reason}`);
  let total = 0;
  for (const stack of reason === undefined ? stacks : []) {
    const planMillis = performance.now();
    const path = join(folder, 'out', 'stacks', stack.node.id);
    const plan = planStack(path);
    if (plan.kind === 'refused') throw new Error(`${stack.node.id}: terraform ${plan.step}: ${plan.output}`);
    total += plan.resources;
    const bytes = statSync(join(path, 'cdk.tf.json')).size;
    console.log(
      `${stack.node.id.padEnd(32)} ${plan.resources} resources, ${(bytes / 1_048_576).toFixed(1)} MiB, ${seconds(planMillis)} s`,
    );
  }
  if (reason === undefined) console.log(`${total} resources planned`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
