import { describe, expect, test } from 'vitest';
import { makeTopology } from '../../infra/topology.ts';
import { at, environments, type Resource, resourcesIn, synthesise } from '../helpers/infra.ts';
import { projectSchemas } from '../helpers/schemas-of-project.ts';

const schemas = await projectSchemas();
const inDev = resourcesIn(synthesise({ environment: environments.dev, schemas }));
const archived = { ...environments.dev, viewsNeedTime: true, rawArchive: { retentionDays: 1 } };
const strict = resourcesIn(synthesise({ environment: archived, schemas }));
const tablesIn = (resources: readonly Resource[]) =>
  resources.filter((one) => one.type === 'google_bigquery_table' && at(one, 'view') === undefined);
const nameOf = (table: Resource) => `${at(table, 'dataset_id')}.${at(table, 'table_id')}`;
const needingFilter = (resources: readonly Resource[]) =>
  tablesIn(resources)
    .filter((one) => at(one, 'require_partition_filter') === true)
    .map(nameOf)
    .sort();

describe('what queries may cost', () => {
  test('the day’s reading of a user and of the project is bounded, in MiB, once the API is there', () => {
    const quotas = inDev.filter(({ type }) => type === 'google_cloud_quotas_quota_preference');
    const told = quotas.map((one) => [at(one, 'quota_id'), at(one, 'quota_config.preferred_value')]);
    const { userGibPerDay, projectGibPerDay } = environments.dev.queryLimits;
    expect(told).toEqual([
      ['QueryUsagePerUserPerDay', `${userGibPerDay * 1_024}`],
      ['QueryUsagePerDay', `${projectGibPerDay * 1_024}`],
    ]);
    for (const one of quotas) {
      expect(at(one, 'service')).toBe('bigquery.googleapis.com');
      expect(at(one, 'parent')).toBe(`projects/${environments.dev.projectId}`);
      expect(at(one, 'depends_on')).toContain('google_project_service.api_cloudquotas');
    }
  });

  test('no environment here pays for a raw archive, which nobody asked for', () => {
    for (const { rawArchive } of Object.values(environments)) expect(rawArchive).toBeUndefined();
  });

  test('who scrubs lists and deletes files of the archive where there is one, reads none, and opens nothing', () => {
    const { projectId } = environments.dev;
    const member = `serviceAccount:edi-scrub-property@${projectId}.iam.gserviceaccount.com`;
    const roles = (resources: readonly Resource[], type: string) =>
      resources.filter((one) => one.type === type && at(one, 'member') === member).map((one) => at(one, 'role'));
    expect(roles(inDev, 'google_storage_bucket_iam_member')).toEqual([]);
    expect(roles(strict, 'google_storage_bucket_iam_member')).toEqual([`projects/${projectId}/roles/ediFileRemover`]);
    expect(roles(strict, 'google_secret_manager_secret_iam_member')).toEqual([]);
  });

  test('tables whose readers all name days ask for it, those below exact views where the environment says so', () => {
    const always = ['operations.completeness_hours', 'operations.unfit_rows'];
    expect(needingFilter(inDev)).toEqual(always);
    const ofEvents = makeTopology(schemas).tables.filter(({ exactView }) => exactView !== undefined);
    expect(ofEvents.length).toBe(schemas.length + 1);
    const all = [...always, ...ofEvents.map(({ dataset, table }) => `${dataset}.${table}`)].sort();
    expect(needingFilter(strict)).toEqual(all);
  });
});

describe('whose cost it is', () => {
  test.each(schemas.map(({ edi }) => [edi.type, edi] as const))('%s: all that is billed by its label', (type, edi) => {
    const labels = { domain: type.split('.')[0], owner: edi.owner };
    const billed = strict.filter(
      ({ type: kind, config }) =>
        /^google_pubsub_(?:topic|subscription)$/.test(kind) && `${config['name']}.`.includes(`event.${type}.`),
    );
    // Topic, dead letters; to the table, again, unfit rows, archive.
    expect(billed.length).toBe(6);
    for (const one of billed) expect(one.config, String(one.config['name'])).toMatchObject({ labels });
  });

  test('storage by dataset', () => {
    for (const one of inDev.filter(({ type }) => type === 'google_bigquery_dataset')) {
      expect(at(one, 'labels.dataset')).toBe(at(one, 'dataset_id'));
    }
  });
});
