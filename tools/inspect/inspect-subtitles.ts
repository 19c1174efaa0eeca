import { COLOURS, LAYOUT, ROW } from './inspect-layout.js';
import { isIn, type RowFrame, xOf } from './inspect-row.js';
import { text, widthOf } from './inspect-svg.js';
import type { Timeline } from './timeline.js';

interface Subtitle {
  readonly atMs: number;
  readonly words: string;
  readonly fill: string;
}

const SIZE = 10.5;
const GAP = 4;
/** What would stand further from where it is said is left out. */
const MOST_OFF = 90;
/** A caller's words have no places of their own; people take about so long for a letter. */
const MS_PER_LETTER = 70;

/** Below each wave its words, each where it is said; with the caller's the functions that a voice model called. */
export function drawSubtitles(row: RowFrame, { agent, turns }: Timeline): string {
  const heard = turns.flatMap(({ atMs, who, text: words }) =>
    who === 'tool'
      ? [{ atMs, words: `[${words}]`, fill: COLOURS.faint }]
      : spread(words, atMs, atMs + words.length * MS_PER_LETTER, COLOURS.caller),
  );
  const said = agent.said.flatMap(({ text: words, fromMs, toMs }) =>
    spread(words, fromMs, toMs, COLOURS.agent),
  );
  return line(row, heard, row.top + ROW.callerWords) + line(row, said, row.top + ROW.agentWords);
}

/** Each word by its share of the letters. */
function spread(words: string, fromMs: number, toMs: number, fill: string): Subtitle[] {
  let letters = 0;
  return words.split(' ').map((word) => {
    const atMs = fromMs + (letters / words.length) * (toMs - fromMs);
    letters += word.length + 1;
    return { atMs, words: word, fill };
  });
}

function line(row: RowFrame, all: readonly Subtitle[], baseline: number): string {
  let end = LAYOUT.left - GAP;
  return all
    .filter(({ atMs }) => isIn(row, atMs))
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, words, fill }) => {
      const x = Math.max(xOf(row, atMs), end + GAP);
      const width = widthOf(words, SIZE);
      if (x - xOf(row, atMs) > MOST_OFF || x + width > LAYOUT.left + LAYOUT.plotWidth) return '';
      end = x + width;
      return text(x, baseline, words, { 'font-size': SIZE, fill });
    })
    .join('');
}
