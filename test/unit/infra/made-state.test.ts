import { expect, test } from 'vitest';
import { changesIn, madeState } from '../../../infra/terraform/made-state.ts';
import type { JsonObject } from '../../../shared/event/json.ts';

const address = 'google_bigquery_dataset.events';
const after = { dataset_id: 'events', access: [{ role: 'READER', iam_member: 'serviceAccount:a@b.example' }] };
const planOf = (change: JsonObject) => ({
  format_version: '1.2',
  planned_values: { root_module: { resources: [{ address, schema_version: 3 }] } },
  resource_changes: [{ address, type: 'google_bigquery_dataset', name: 'events', change }],
});

test('a state is made of what is planned, as Google answers it', () => {
  const change = { actions: ['create'], before: null, after, after_unknown: { id: true, self_link: true } };
  const read = () => new Uint8Array();
  expect(madeState(planOf(change), read)['resources']).toEqual([
    {
      mode: 'managed',
      type: 'google_bigquery_dataset',
      name: 'events',
      provider: 'provider["registry.terraform.io/hashicorp/google"]',
      instances: [
        {
          schema_version: 3,
          attributes: {
            id: 'made/events',
            self_link: 'made/events',
            dataset_id: 'events',
            access: [{ role: 'READER', iam_member: '', user_by_email: 'a@b.example' }],
          },
          sensitive_attributes: [],
        },
      ],
    },
  ]);
});

test('tells what would change, and nothing of what would not', () => {
  const changed = { ...after, dataset_id: 'other' };
  const replaced = { actions: ['delete', 'create'], before: after, after: changed, after_unknown: {} };
  expect(changesIn(planOf(replaced))).toEqual([`delete+create ${address}: dataset_id`]);
  expect(changesIn(planOf({ actions: ['no-op'], before: after, after }))).toEqual([]);
});
