import { COLOURS, LAYOUT } from './inspect-layout.js';
import { line, mirrored, rect, text, widthOf } from './inspect-svg.js';
import { envelopeOf, type PlacedAudio, runsOf } from './placed-audio.js';
import type { Interval, Timeline } from './timeline.js';

/** One row of a picture: a stretch of time across its width, and where the row begins. */
export interface RowFrame {
  readonly fromMs: number;
  readonly toMs: number;
  /** What would fill the row's width; more than `toMs - fromMs` in a last row. */
  readonly lengthMs: number;
  readonly top: number;
}

const { left, plotWidth, lane } = LAYOUT;

/** Where a moment is in its row. */
export function xOf({ fromMs, lengthMs }: RowFrame, atMs: number): number {
  return left + ((atMs - fromMs) / lengthMs) * plotWidth;
}

/** What of these lies in the row, cut to it. */
export function within<T extends Interval>({ fromMs, toMs }: RowFrame, all: readonly T[]): T[] {
  return all
    .filter((one) => one.toMs >= fromMs && one.fromMs < toMs)
    .map((one) => ({ ...one, fromMs: Math.max(fromMs, one.fromMs), toMs: Math.min(toMs, one.toMs) }));
}

/** Whether a moment is in the row. */
export function isIn({ fromMs, toMs }: RowFrame, atMs: number): boolean {
  return atMs >= fromMs && atMs < toMs;
}

/** A band wherever one side has audio, silent or not. */
export function drawBand(row: RowFrame, pieces: readonly PlacedAudio[], y: number, fill: string): string {
  return within(row, runsOf(pieces))
    .map(({ fromMs, toMs }) => rect(xOf(row, fromMs), y, xOf(row, toMs) - xOf(row, fromMs), lane, { fill }))
    .join('');
}

/** One side's audio: the peaks in a light colour, the RMS in a dark one. */
export function drawWave(
  row: RowFrame,
  pieces: readonly PlacedAudio[],
  y: number,
  { gain, light, dark }: { gain: number; light: string; dark: string },
): string {
  const { peak, rms } = envelopeOf(pieces, row.fromMs, row.toMs, row.lengthMs / plotWidth);
  const heights = (levels: Float64Array) => levels.map((level) => Math.min(1, level * gain) * (lane / 2 - 2));
  const middle = y + lane / 2;
  return [
    line(left, middle, xOf(row, row.toMs), middle, { stroke: COLOURS.grid }),
    mirrored(left, middle, 1, heights(peak), { fill: light }),
    mirrored(left, middle, 1, heights(rms), { fill: dark }),
  ].join('');
}

/** The states as a labelled band. */
export function drawStates(row: RowFrame, states: Timeline['states'], y: number, height: number): string {
  return within(row, states)
    .map(({ fromMs, toMs, name }, index) => {
      const [x, end] = [xOf(row, fromMs), xOf(row, toMs)];
      const fits = widthOf(name, 11) + 12 < end - x;
      return [
        rect(x, y, end - x - 1, height, {
          fill: index % 2 === 0 ? COLOURS.state : COLOURS.otherState,
          rx: 3,
        }),
        fits ? text(x + 7, y + height - 5, name, { 'font-size': 11, fill: COLOURS.ink }) : '',
      ].join('');
    })
    .join('');
}

/** A line each second, its time below; the fifth ones stronger. */
export function drawSeconds(row: RowFrame, bottom: number, height: number): string {
  const stepMs = row.lengthMs > 30_000 ? 5000 : 1000;
  const parts: string[] = [];
  for (let ms = Math.ceil(row.fromMs / stepMs) * stepMs; ms <= row.toMs; ms += stepMs) {
    const strong = ms % (5 * stepMs) === 0;
    const x = xOf(row, ms);
    parts.push(
      line(x, row.top, x, bottom, { stroke: strong ? COLOURS.strongGrid : COLOURS.grid }),
      text(x, bottom + height, String(ms / 1000), {
        'font-size': 11,
        'text-anchor': 'middle',
        fill: strong ? COLOURS.ink : COLOURS.faint,
      }),
    );
  }
  return parts.join('');
}
