import { FirestoreBackupSchedule } from '@cdktf/provider-google/lib/firestore-backup-schedule/index.js';
import { FirestoreDatabase } from '@cdktf/provider-google/lib/firestore-database/index.js';
import { FirestoreField } from '@cdktf/provider-google/lib/firestore-field/index.js';
import { Construct } from 'constructs';
import type { DatabaseKind } from '../../shared/needs/kind.ts';
import type { Context } from '../constructs/context.ts';
import { protectedIn } from '../constructs/edi-stack.ts';

const backupSeconds = 14 * 86_400;

export function declareDatabases(scope: Construct, context: Context): void {
  const { environment, topology } = context;
  const all = new Construct(scope, 'database');
  for (const { id, keepsVersions, fields } of Object.values<DatabaseKind>(topology.kinds.databases)) {
    const recoverable = keepsVersions && environment.protectState;
    const database = new FirestoreDatabase(all, id, {
      name: id,
      locationId: environment.firestoreLocation,
      type: 'FIRESTORE_NATIVE',
      deleteProtectionState: environment.protectState ? 'DELETE_PROTECTION_ENABLED' : 'DELETE_PROTECTION_DISABLED',
      pointInTimeRecoveryEnablement: recoverable ? 'POINT_IN_TIME_RECOVERY_ENABLED' : 'POINT_IN_TIME_RECOVERY_DISABLED',
      // By default Terraform would forget a database that it is to destroy, and leave it there.
      deletionPolicy: environment.protectState ? 'ABANDON' : 'DELETE',
      lifecycle: protectedIn(context),
    });
    for (const { collection, field, expires } of fields) {
      new FirestoreField(all, `${id}-${collection}-${field === '*' ? 'all-fields' : field}`, {
        database: database.name,
        collection,
        field,
        indexConfig: {},
        ...(expires ? { ttlConfig: {} } : {}),
      });
    }
    if (!recoverable) continue;
    new FirestoreBackupSchedule(all, `${id}-backup`, {
      database: database.name,
      retention: `${backupSeconds}s`,
      dailyRecurrence: {},
    });
  }
}
