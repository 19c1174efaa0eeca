import { SAMPLE_RATE } from '../../src/audio/mulaw.js';
import { encode } from '../../src/audio/mulaw-buffer.js';

// ITU-T Q.23: the row tone and the column tone of each key, in Hz.
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYS = ['123A', '456B', '789C', '*0#D'];

// Each of the two tones peaks at -13 dBFS, so that a key as a whole never clips; 3 ms ramps keep it free of clicks.
const TONE_PEAK = 32768 * 10 ** (-13 / 20);
const RAMP_SAMPLES = 24;

/** The two frequencies of a key in Hz, row first; `null` when it is no key (`0`-`9`, `*`, `#`, `A`-`D`). */
export function dtmfFrequencies(digit: string): readonly [number, number] | null {
  const row = digit.length === 1 ? KEYS.findIndex((keys) => keys.includes(digit)) : -1;
  const low = ROWS[row];
  const high = COLUMNS[KEYS[row]?.indexOf(digit) ?? -1];
  return low === undefined || high === undefined ? null : [low, high];
}

/** The sound of one key as mu-law, `ms` long. Throws a `RangeError` for anything that is no key. */
export function dtmf(digit: string, ms: number): Buffer {
  const frequencies = dtmfFrequencies(digit);
  if (!frequencies) throw new RangeError('A touch tone needs one key out of 0-9, *, #, A-D');
  return encode(mix(frequencies, Math.round((ms * SAMPLE_RATE) / 1000)));
}

function mix(frequencies: readonly number[], length: number): Int16Array {
  const steps = frequencies.map((hertz) => (2 * Math.PI * hertz) / SAMPLE_RATE);
  return Int16Array.from({ length }, (_, i) => {
    const ramp = Math.min(1, (i + 1) / RAMP_SAMPLES, (length - i) / RAMP_SAMPLES);
    return Math.round(ramp * TONE_PEAK * steps.reduce((sum, step) => sum + Math.sin(step * i), 0));
  });
}
