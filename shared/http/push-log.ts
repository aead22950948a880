/** What functions log of how pushes were let in, after their name; the smoke test of an environment looks for it. */
export const pushLogTexts = {
  signatureRemoved: 'Cloud Run removes the signatures of pushes',
  refused: 'push refused',
} as const;
