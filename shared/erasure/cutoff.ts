import type { ErasureTimes } from '../ports/subject-key-records.ts';
import { keyCacheSeconds } from './bounds.ts';

/** What lies between an erasure and its cutoff; settings of the functions that erase. */
export interface CutoffSettings {
  /** Of pseudonymize: how long an instance uses a key that it has read. Default 300. */
  readonly keyCacheSeconds: number;
  /** Longest that pseudonymize works with the keys of a batch, its publishing included. Default 60. */
  readonly longestBatchSeconds: number;
  /** Longest from the time of an erasure until its keys are gone: a request of the function. Default 120. */
  readonly longestEraseSeconds: number;
  /** How far apart the clocks of two instances may be. Default 60. */
  readonly clockDifferenceSeconds: number;
}

export const defaultCutoffSettings: CutoffSettings = {
  keyCacheSeconds,
  longestBatchSeconds: 60,
  longestEraseSeconds: 120,
  clockDifferenceSeconds: 60,
};

/** From an erasure to its cutoff: what is received before is covered. */
export function cutoffDelayMillis(settings: CutoffSettings): number {
  const { keyCacheSeconds: cache, longestBatchSeconds, longestEraseSeconds, clockDifferenceSeconds } = settings;
  return (longestEraseSeconds + cache + longestBatchSeconds + clockDifferenceSeconds) * 1_000;
}

const dayMillis = 86_400_000;

/** The times of an erasure: its own, its cutoff, and from when nothing that was stored can be read. */
export function erasureTimes(erasedAtMillis: number, settings: CutoffSettings & { readonly erasureBoundDays: number }) {
  const times: ErasureTimes = { erasedAtMillis, cutoffMillis: erasedAtMillis + cutoffDelayMillis(settings) };
  return { ...times, unreadableFromMillis: erasedAtMillis + settings.erasureBoundDays * dayMillis };
}
