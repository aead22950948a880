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
  ediSubjectKeyReader: {
    title: 'EDI: read one subject key',
    description: 'Reads documents by id; lists none.',
    permissions: ['datastore.databases.get', 'datastore.entities.get'],
  },
} as const;
