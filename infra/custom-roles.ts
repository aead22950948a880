/** Roles of our own, where every predefined one would allow more than is needed. */
export const customRoles = {
  ediSubjectKeyMaker: {
    title: 'EDI: make subject keys',
    description: 'Reads and creates documents by id; lists, changes and deletes none.',
    permissions: ['datastore.databases.get', 'datastore.entities.create', 'datastore.entities.get'],
  },
  ediSubjectKeyEraser: {
    title: 'EDI: end subject keys',
    description: 'Reads, creates and overwrites documents by id; lists and deletes none.',
    permissions: [
      'datastore.databases.get',
      'datastore.entities.create',
      'datastore.entities.get',
      'datastore.entities.update',
    ],
  },
  ediRowChanger: {
    title: 'EDI: change rows',
    description: 'Reads, changes and deletes rows of tables by statements; makes and deletes no table.',
    permissions: ['bigquery.tables.get', 'bigquery.tables.getData', 'bigquery.tables.updateData'],
  },
  ediFileRemover: {
    title: 'EDI: delete files',
    description: 'Lists and deletes objects; reads and writes none.',
    permissions: ['storage.objects.delete', 'storage.objects.list'],
  },
  ediSubjectKeyReader: {
    title: 'EDI: read one subject key',
    description: 'Reads documents by id; lists none.',
    permissions: ['datastore.databases.get', 'datastore.entities.get'],
  },
} as const;
