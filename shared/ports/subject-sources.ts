/** A subject was seen with an installation. Both by ids that tell neither. */
export interface SubjectSource {
  /** Of the record of the subject's key, of its generation then. */
  readonly subjectId: string;
  /** Of the first record of the installation's key, whatever generation it has. */
  readonly sourceId: string;
}

/** Where it is recorded which installations subjects were seen with. Rejects with `Unavailable`. */
export interface SubjectSources {
  /** Records what is not recorded yet; never changes anything. What is done when it rejects is not known. */
  record(pairs: readonly SubjectSource[]): Promise<void>;
}

/** What erasures do with it. All calls reject with `Unavailable`. */
export interface SubjectSourceRecords {
  /** Installations that the subject was seen with, at most `max`. */
  sourcesOf(subjectId: string, max: number): Promise<string[]>;
  /** Subjects that were seen with the installation, at most `max`. */
  subjectsOf(sourceId: string, max: number): Promise<string[]>;
  /** Takes the records away. */
  forget(pairs: readonly SubjectSource[]): Promise<void>;
}
