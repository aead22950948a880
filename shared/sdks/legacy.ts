/** What the binding of a mapping of legacy files begins with: `legacy-<mapping>`. */
export const legacySdkPrefix = 'legacy-';
