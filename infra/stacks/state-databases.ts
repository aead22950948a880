import { FirestoreBackupSchedule } from '@cdktf/provider-google/lib/firestore-backup-schedule/index.js';
import { FirestoreDatabase } from '@cdktf/provider-google/lib/firestore-database/index.js';
import { FirestoreField } from '@cdktf/provider-google/lib/firestore-field/index.js';
import { Construct } from 'constructs';
import { databaseKinds } from '../access.ts';
import type { Context } from '../constructs/context.ts';
import { protectedIn } from '../constructs/edi-stack.ts';
import type { DatabaseKind } from '../function-deployments.ts';
import { databases } from '../naming.ts';

/** A field, or `*` for all of a collection that have no rule of their own. */
interface FieldRule {
  readonly database: DatabaseKind;
  readonly collection: string;
  readonly field: string;
  readonly expires?: true;
}

/**
 * Nobody queries by a field, every read is by id. Indexes would cost a write each, bound a collection by the time in it
 * to some 500 writes a second, and refuse values of more than 1,500 bytes.
 */
const fieldRules: readonly FieldRule[] = [
  { database: 'claims', collection: 'claims', field: '*' },
  { database: 'claims', collection: 'claims', field: 'claims' },
  { database: 'claims', collection: 'claims', field: 'expireAt', expires: true },
  { database: 'subjectKeys', collection: 'subjectKeys', field: '*' },
  { database: 'registry', collection: 'registry', field: '*' },
  { database: 'registry', collection: 'revisions', field: '*' },
  { database: 'registry', collection: 'sdks', field: '*' },
  { database: 'registry', collection: 'attempts', field: '*' },
];

/**
 * Whether a lost or damaged database can be had back from point-in-time recovery and backups. Not subject keys: what is
 * erased is to be gone. Nor claims, which are written with every batch: without them resends pass, and the exact views
 * show them once all the same.
 */
const keepsVersions: Readonly<Record<DatabaseKind, boolean>> = {
  registry: true,
  writeKeys: true,
  claims: false,
  subjectKeys: false,
};

const backupSeconds = 14 * 86_400;

export function declareDatabases(scope: Construct, context: Context): void {
  const { environment } = context;
  const all = new Construct(scope, 'database');
  for (const kind of databaseKinds) {
    const database = new FirestoreDatabase(all, databases[kind], {
      name: databases[kind],
      locationId: environment.firestoreLocation,
      type: 'FIRESTORE_NATIVE',
      deleteProtectionState: environment.protectState ? 'DELETE_PROTECTION_ENABLED' : 'DELETE_PROTECTION_DISABLED',
      pointInTimeRecoveryEnablement:
        keepsVersions[kind] && environment.protectState
          ? 'POINT_IN_TIME_RECOVERY_ENABLED'
          : 'POINT_IN_TIME_RECOVERY_DISABLED',
      // By default Terraform would forget a database that it is to destroy, and leave it there.
      deletionPolicy: environment.protectState ? 'ABANDON' : 'DELETE',
      lifecycle: protectedIn(context),
    });
    for (const { collection, field, expires } of fieldRules.filter((rule) => rule.database === kind)) {
      const id = `${databases[kind]}-${collection}-${field === '*' ? 'all-fields' : field}`;
      new FirestoreField(all, id, {
        database: database.name,
        collection,
        field,
        indexConfig: {},
        ...(expires ? { ttlConfig: {} } : {}),
      });
    }
    if (keepsVersions[kind] && environment.protectState) {
      new FirestoreBackupSchedule(all, `${databases[kind]}-backup`, {
        database: database.name,
        retention: `${backupSeconds}s`,
        dailyRecurrence: {},
      });
    }
  }
}
