import { COLOURS } from './inspect-layout.js';
import { line, rect, text, widthOf } from './inspect-svg.js';
import { endingOf, figuresOf, milliseconds, seconds, shortSid } from './inspect-words.js';
import type { Timeline } from './timeline.js';

const FONT_SIZE = 12;

interface Sign {
  readonly words: string;
  readonly draw: (x: number, y: number) => string;
}

/** Title, what the stream was, its figures and the legend. */
export function drawHead(timeline: Timeline, fromMs: number, toMs: number): string {
  const x = 24;
  return [
    text(x, 38, `Call ${shortSid(timeline.callSid)}`, {
      'font-size': 22,
      'font-weight': 600,
      fill: COLOURS.ink,
    }),
    text(x, 60, about(timeline, fromMs, toMs), { 'font-size': 13, fill: COLOURS.faint }),
    text(x, 80, figures(timeline), { 'font-size': 13, fill: COLOURS.ink }),
    drawLegend(x, 102),
  ].join('');
}

function about(timeline: Timeline, fromMs: number, toMs: number): string {
  const { header, durationMs } = timeline;
  const whole = fromMs === 0 && toMs === durationMs;
  const part = whole ? '' : `, shown from ${seconds(fromMs)} to ${seconds(toMs)}`;
  const day = header.recorded_at.slice(0, 19).replace('T', ' ');
  return [
    `${day} UTC`,
    `${seconds(durationMs)}${part}`,
    ...(header.hop > 0 ? [`picked up again (${header.hop})`] : []),
    endingOf(timeline),
    ...(header.voice === 'replaced' ? ["noise in place of the caller's voice"] : []),
  ].join('  ·  ');
}

function figures({ latencies }: Timeline): string {
  return figuresOf(latencies)
    .map(({ name, medianMs, largestMs, count }) => {
      const most = count > 1 ? ` (${milliseconds(largestMs)} at most)` : '';
      return `${name} ${milliseconds(medianMs)}${most}`;
    })
    .join('  ·  ');
}

function drawLegend(x: number, y: number): string {
  let at = x;
  return SIGNS.map(({ words, draw }) => {
    const drawn = draw(at, y) + text(at + 24, y, words, { 'font-size': FONT_SIZE, fill: COLOURS.faint });
    at += 24 + widthOf(words, FONT_SIZE) + 18;
    return drawn;
  }).join('');
}

const SIGNS: readonly Sign[] = [
  { words: 'peak and RMS, each side scaled to its loudest', draw: (x, y) => wave(x, y) },
  {
    words: 'speech found (dashed: decided)',
    draw: (x, y) => rect(x, y - 10, 18, 12, { fill: COLOURS.speech, 'fill-opacity': 0.6 }),
  },
  { words: 'rejected or undecided', draw: (x, y) => rect(x, y - 10, 18, 12, { fill: COLOURS.rejected }) },
  { words: 'key', draw: (x, y) => rect(x + 2, y - 11, 14, 14, { fill: COLOURS.key, rx: 3 }) },
  {
    words: 'clear',
    draw: (x, y) => line(x + 9, y - 11, x + 9, y + 3, { stroke: COLOURS.clear, 'stroke-width': 2 }),
  },
  { words: 'mark: sent, back', draw: (x, y) => mark(x, y) },
];

function wave(x: number, y: number): string {
  return (
    rect(x, y - 11, 18, 14, { fill: COLOURS.callerLight }) + rect(x, y - 7, 18, 6, { fill: COLOURS.caller })
  );
}

function mark(x: number, y: number): string {
  const stroke = COLOURS.mark;
  return [
    line(x + 2, y - 4, x + 16, y - 4, { stroke }),
    line(x + 2, y - 8, x + 2, y, { stroke, 'stroke-width': 2 }),
    line(x + 16, y - 11, x + 16, y + 3, { stroke, 'stroke-width': 2 }),
  ].join('');
}
