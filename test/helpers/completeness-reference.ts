/** An event as its rows show it, whatever stored or repeated it. */
export interface SeenEvent {
  readonly key: string;
  readonly sdk: string;
  readonly source: string;
  readonly sequence?: bigint | undefined;
  readonly timeMillis: number;
  readonly correctedMillis?: number;
  readonly receivedMillis: number;
  /** It was in quarantine once. */
  readonly replayed: boolean;
}

interface CountedEvents {
  readonly sdk: string;
  readonly day: number;
  readonly events: number;
}

export interface History {
  readonly events: readonly SeenEvent[];
  /** By the day of their receipt. */
  readonly refused: readonly CountedEvents[];
  readonly lost: readonly CountedEvents[];
}

export interface Asked {
  /** UTC days since the epoch, both included. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly lookBackDays: number;
  readonly asOfMillis: number;
}

const dayMillis = 86_400_000;
const hourMillis = 3_600_000;
const dayOf = (millis: number) => Math.floor(millis / dayMillis);

/** How complete each day is, told from the events one by one: what the SQL has to answer, said without any. */
export function expectedCompleteness({ events, refused, lost }: History, asked: Asked) {
  const { firstDay, lastDay, lookBackDays } = asked;
  const within = events.filter(({ timeMillis }) => {
    const day = dayOf(timeMillis);
    return day >= firstDay - lookBackDays && day <= lastDay + lookBackDays;
  });
  const answer = new Map<string, ReturnType<typeof emptyDay>>();
  const on = (sdk: string, day: number) => {
    const key = `${day} ${sdk}`;
    const known = answer.get(key) ?? emptyDay();
    answer.set(key, known);
    return known;
  };
  const isAsked = (day: number) => day >= firstDay && day <= lastDay;
  for (const event of within) {
    const day = dayOf(event.timeMillis);
    if (!isAsked(day)) continue;
    const line = on(event.sdk, day);
    const late = hoursLate(event);
    line.received++;
    if (late >= 1) line.late_hour++;
    if (late >= 24) line.late_day++;
    if (late >= 168) line.late_week++;
    if (event.sequence === undefined) line.unnumbered++;
    const ofDay = within.filter((other) => other.sdk === event.sdk && dayOf(other.timeMillis) === day);
    line.sources = sourcesOf(ofDay);
    line.unnumbered_sources = sourcesOf(ofDay.filter((other) => other.sequence === undefined));
  }
  for (const numbers of firstOfEachNumber(within, (repeat) => {
    if (isAsked(dayOf(repeat.timeMillis))) on(repeat.sdk, dayOf(repeat.timeMillis)).repeated++;
  })) {
    for (const [at, event] of numbers.entries()) {
      const day = dayOf(event.timeMillis);
      if (!isAsked(day)) continue;
      const line = on(event.sdk, day);
      if (at === numbers.length - 1) line.ends++;
      const smaller = numbers[at - 1];
      if (smaller === undefined || Math.abs(dayOf(smaller.timeMillis) - day) > lookBackDays) line.bases++;
      else if (Number(numberOf(event) - numberOf(smaller)) - 1 > 1_000_000) line.jumps++;
      else line.missing += Number(numberOf(event) - numberOf(smaller)) - 1;
    }
  }
  for (const { sdk, day, events: count } of refused) if (isAsked(day)) on(sdk, day).refused += count;
  for (const { sdk, day, events: count } of lost) if (isAsked(day)) on(sdk, day).lost += count;
  for (const [key, line] of answer) {
    const [day = '', sdk = ''] = key.split(' ');
    const replayed = within.filter((event) => event.replayed && `${dayOf(event.receivedMillis)} ${event.sdk}` === key);
    line.refused = Math.max(line.refused - replayed.length, 0);
    line.unexplained = Math.max(line.missing - line.refused - line.lost, 0);
    const lates = within.filter((event) => event.sdk === sdk).map(hoursLate);
    line.may_come = mayCome(line, lates, (asked.asOfMillis - (Number(day) + 1) * dayMillis) / hourMillis, lookBackDays);
  }
  return answer;
}

function emptyDay() {
  return {
    received: 0,
    late_hour: 0,
    late_day: 0,
    late_week: 0,
    sources: 0,
    unnumbered: 0,
    unnumbered_sources: 0,
    bases: 0,
    ends: 0,
    repeated: 0,
    jumps: 0,
    missing: 0,
    refused: 0,
    lost: 0,
    unexplained: 0,
    may_come: 0,
  };
}

function sourcesOf(events: readonly SeenEvent[]): number {
  return new Set(events.map(({ source }) => source)).size;
}

/** Per source: its numbers in order, each with its first event; other events of a number go to `repeat`. */
function firstOfEachNumber(events: readonly SeenEvent[], repeat: (event: SeenEvent) => void): SeenEvent[][] {
  const sources = new Map<string, Map<bigint, SeenEvent>>();
  const inOrder = [...events].sort((a, b) => a.timeMillis - b.timeMillis || (a.key < b.key ? -1 : 1));
  for (const event of inOrder) {
    if (event.sequence === undefined) continue;
    const numbers = sources.get(event.source) ?? new Map<bigint, SeenEvent>();
    sources.set(event.source, numbers);
    if (numbers.has(event.sequence)) repeat(event);
    else numbers.set(event.sequence, event);
  }
  return [...sources.values()].map((numbers) =>
    [...numbers.values()].sort((a, b) => (numberOf(a) < numberOf(b) ? -1 : 1)),
  );
}

function numberOf({ sequence }: SeenEvent): bigint {
  if (sequence === undefined) throw new Error('the event has no number');
  return sequence;
}

function hoursLate({ timeMillis, correctedMillis, receivedMillis }: SeenEvent): number {
  return Math.floor((receivedMillis - (correctedMillis ?? timeMillis)) / hourMillis);
}

function mayCome(
  { received, unexplained }: { readonly received: number; readonly unexplained: number },
  lates: readonly number[],
  ageHoursExactly: number,
  lookBackDays: number,
): number {
  const ageHours = Math.floor(ageHoursExactly);
  const later = lates.filter((late) => late >= ageHours).length;
  const sooner = lates.length - later;
  if (ageHours < 0 || sooner === 0) return unexplained;
  if (ageHours >= lookBackDays * 24) return 0;
  return Math.min(unexplained, Math.ceil((received * later) / sooner));
}
