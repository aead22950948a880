/** Seconds to add to UTC for local time, at a local time that is given as if it were UTC. Undefined: it never was. */
export type Zone = (localSeconds: number) => number | undefined;

const offsetText = /^([+-])(\d{2}):?(\d{2})?$/;
/** Zones change their offsets at multiples of this. */
const stepSeconds = 900;
/** Offsets that are remembered for each zone: a year of quarters of an hour is 35,000. */
const maxRemembered = 50_000;

/** `UTC`, `+01:00`, or a name of the IANA database. Undefined where there is none of this name. */
export function makeZone(name: string): Zone | undefined {
  if (name === 'UTC' || name === 'Z') return () => 0;
  const offset = parseOffset(name);
  if (offset !== undefined) return () => offset;
  if (!/^[A-Za-z]/.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  return remembering((localSeconds) => localOffset(format, localSeconds));
}

/** `+01:00`, `-0530` or `+02`, as seconds. */
export function parseOffset(text: string): number | undefined {
  const match = offsetText.exec(text);
  if (match === null) return undefined;
  const [, sign, hours, minutes = '0'] = match;
  const seconds = Number(hours) * 3_600 + Number(minutes) * 60;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return sign === '-' ? -seconds : seconds;
}

function remembering(offset: Zone): Zone {
  const known = new Map<number, number | undefined>();
  return (localSeconds) => {
    const step = Math.floor(localSeconds / stepSeconds);
    if (known.has(step)) return known.get(step);
    const found = offset(step * stepSeconds);
    if (known.size >= maxRemembered) known.clear();
    known.set(step, found);
    return found;
  };
}

/** Where clocks were put back, a local time was twice: the first is meant. Where they were put forward it never was. */
function localOffset(format: Intl.DateTimeFormat, localSeconds: number): number | undefined {
  const around = [-86_400, 0, 86_400].map((away) => offsetAt(format, localSeconds + away));
  const offsets = [...new Set(around)].sort((one, other) => other - one);
  return offsets.find((offset) => offsetAt(format, localSeconds - offset) === offset);
}

function offsetAt(format: Intl.DateTimeFormat, utcSeconds: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(utcSeconds * 1_000)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1_000 - utcSeconds;
}
