import { isPlainNumber } from '../../src/twilio/caller-address.js';
import { pairFault } from '../../src/twilio/parameter-splicing.js';
import { parseVoiceForm } from '../../src/twilio/webhooks.js';

type Pairs = Readonly<Record<string, string>>;

/** The pairs so far, as a list from the last one back. */
interface Way {
  readonly before: Way | null;
  readonly name: string;
  readonly value: string;
}

/** What a cut up to some place in the text has come to: of all ways with the same outcome the one whose last name is smallest, which leaves the most open. */
interface Reached {
  readonly outcome: Pairs;
  readonly last: string;
  readonly way: Way | null;
}

/** What the gateway reads in a voice form; all else in it has no effect. */
const READ = ['CallSid', 'CallStatus', 'From', 'Caller', 'StirVerstat', 'DialCallStatus'];
const LONGEST_NAME = 80;
const PLAIN: Pairs = {
  CallSid: `CA${'0'.repeat(32)}`,
  CallStatus: 'ringing',
  From: '+15125550100',
  StirVerstat: 'TN-Validation-Passed-A',
};

/**
 * One form for each outcome that is attested of any cut of this form under the same signature, found by going through all of them: names in
 * ascending order, each pair by itself free of doubt. A form in doubt is never attested.
 */
export function cutsOf(form: Pairs): Pairs[] {
  const names = Object.keys(form).sort();
  const text = names.map((name) => `${name}${form[name]}`).join('');
  // The next name begins with a capital.
  const places = [...text].flatMap((char, at) => (/[A-Z]/.test(char) ? [at] : [])).concat(text.length);
  const reached = new Map(places.map((place) => [place, new Map<string, Reached>()]));
  reached.get(0)?.set('{}', { outcome: {}, last: '', way: null });
  for (const start of places) {
    const here = reached.get(start);
    if (!here?.size) continue;
    const passed = new Set<string>();
    for (const [name, value, end] of pairsAt(text, start, places)) {
      const there = reached.get(end);
      for (const [state, before] of here) {
        // Names that begin here come shortest, and so smallest, first: one that is not read need not be longer.
        if (!there || name <= before.last) continue;
        if (!READ.includes(name)) {
          if (passed.has(`${end} ${state}`)) continue;
          passed.add(`${end} ${state}`);
        }
        reach(there, before, name, value);
      }
    }
  }
  return [...(reached.get(text.length)?.values() ?? [])].map(({ way }) => formOf(way));
}

function* pairsAt(
  text: string,
  start: number,
  places: readonly number[],
): Generator<[string, string, number]> {
  for (let cut = start + 1; cut <= Math.min(text.length, start + LONGEST_NAME); cut += 1) {
    const name = text.slice(start, cut);
    if (/[^\w.-]/.test(name)) return;
    const ends = places.filter((end) => end >= cut);
    const isFaulty = (end: number) => pairFault(name, text.slice(cut, end)) !== null;
    for (const end of ends.slice(0, firstThat(ends, isFaulty))) {
      const value = text.slice(cut, end);
      if (isRead(name, value)) yield [name, value, end];
    }
  }
}

/** The index of the first place that is so; what is wrong with a value stays wrong when it goes on. */
function firstThat(places: readonly number[], isSo: (place: number) => boolean): number {
  let [from, to] = [0, places.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isSo(places[middle] ?? 0)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function isRead(name: string, value: string): boolean {
  if (!READ.includes(name)) return true;
  if (name === 'Caller') return isPlainNumber(value);
  try {
    return parseVoiceForm({ ...PLAIN, [name]: value }).attestation !== null;
  } catch {
    return false;
  }
}

function reach(there: Map<string, Reached>, before: Reached, name: string, value: string): void {
  const outcome = READ.includes(name) ? { ...before.outcome, [name]: value } : before.outcome;
  const key = JSON.stringify([outcome, `${name}${value}`.endsWith('Forwarded')]);
  const known = there.get(key);
  if (known && known.last <= name) return;
  there.set(key, { outcome, last: name, way: { before: before.way, name, value } });
}

function formOf(way: Way | null): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let step = way; step; step = step.before) pairs.push([step.name, step.value]);
  return Object.fromEntries(pairs.reverse());
}
