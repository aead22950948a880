import { randomInt } from 'node:crypto';

/** What a property test draws from: EDI_SEED, or a seed of this run. What a test finds is told with it, to be repeated. */
export const propertySeed = Number(process.env['EDI_SEED'] ?? randomInt(2 ** 31));
