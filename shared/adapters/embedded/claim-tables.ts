/**
 * `write_counter` gives every write a version of its own, so that a document that was purged and made anew never has a
 * version that somebody remembers of the old one.
 */
export const claimTables = `
    CREATE TABLE write_counter (value INTEGER NOT NULL) STRICT;
    INSERT INTO write_counter VALUES (0);
    CREATE TABLE claim_document (
      key TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      expire_at INTEGER NOT NULL,
      split INTEGER NOT NULL,
      claims BLOB NOT NULL
    ) STRICT;
    CREATE INDEX claim_document_by_expiry ON claim_document (expire_at)`;
