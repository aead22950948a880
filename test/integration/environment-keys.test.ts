import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCli } from '../../infra/cli/program.ts';
import { openFirestore } from '../../shared/adapters/gcp/firestore-client.ts';
import { type FirestoreDatabase, patientFirestore } from '../../shared/adapters/gcp/firestore-database.ts';
import { createFirestoreWriteKeyRecords } from '../../shared/adapters/gcp/write-key-records.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { makeStoredWriteKeys } from '../../shared/write-keys/stored-write-keys.ts';
import { describeOnEmulator, newProject } from '../helpers/emulators.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';

const databaseId = 'write-keys';

/** `edi keys` on an environment, and ingest's view of the same database. */
describeOnEmulator('firestore', (host) => {
  let projectId: string;
  let database: FirestoreDatabase;

  beforeEach(() => {
    projectId = newProject();
    const place = { projectId, databaseId, emulatorHost: host() };
    database = openFirestore({ dependency: 'registry', ...place, settings: patientFirestore });
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', host());
    // A habit that must not keep anybody from an environment.
    vi.stubEnv('EDI_URL', 'http://127.0.0.1:8080');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await database.close();
  });

  async function keys(...args: readonly string[]) {
    const io = makeCollectingIo();
    const exitCode = await runCli(['keys', ...args, '--project', projectId, '--database', databaseId, '--json'], io);
    return { exitCode, out: io.outText(), err: io.errText() };
  }

  test('create, list and revoke in Firestore; ingest accepts and refuses accordingly', async () => {
    const clock = createManualClock();
    const writeKeys = makeStoredWriteKeys({ records: createFirestoreWriteKeyRecords({ database }), clock });
    const created = await keys('create', '--sdk', 'ios');
    expect(created.exitCode, created.err).toBe(0);
    const { keyId, writeKey } = JSON.parse(created.out);
    expect(writeKey).toContain(`edi_${projectId}_`);
    expect(await writeKeys.find(writeKey)).toEqual({ kind: 'sdk', sdk: 'ios' });

    const stored = JSON.stringify(await database.list('writeKeys', 10));
    expect(stored).toContain(keyId);
    expect(stored).not.toContain(writeKey.slice(-43));

    const revoked = JSON.parse((await keys('revoke', keyId)).out);
    expect(revoked).toMatchObject({ outcome: 'revoked' });
    clock.advance(revoked.refusedWithinSeconds * 1_000);
    expect(await writeKeys.find(writeKey)).toEqual({ kind: 'unknown' });
    expect(JSON.parse((await keys('revoke', keyId)).out)).toMatchObject({ outcome: 'already-revoked' });
    expect(JSON.parse((await keys('list')).out)).toEqual([
      { keyId, sdk: 'ios', createdAt: expect.any(String), revokedAt: expect.any(String) },
    ]);
  });

  test('failures: an SDK without a binding, a key that does not exist', async () => {
    const unknown = await keys('create', '--sdk', 'iso');
    expect(unknown).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('github-relay') });
    expect(await keys('revoke', '0123456789abcdef')).toMatchObject({ exitCode: 1, out: '' });
    expect(JSON.parse((await keys('list')).out)).toEqual([]);
  });

  test('says that it is the emulator whose keys these are', async () => {
    expect((await keys('list')).err).toContain(host());
  });

  test('an emulator that is not there is a failure that names database and project', async () => {
    vi.stubEnv('FIRESTORE_EMULATOR_HOST', '127.0.0.1:1');
    const { exitCode, err } = await keys('list');
    expect(exitCode).toBe(1);
    expect(err).toContain(`database ${databaseId} of project ${projectId}`);
  });
});
