import { drawAgentEvents, drawCallerLabels, drawMarks, drawSpeech } from './inspect-events.js';
import { drawHead } from './inspect-head.js';
import { COLOURS, LAYOUT, ROW } from './inspect-layout.js';
import { drawBand, drawSeconds, drawStates, drawWave, type RowFrame, within, xOf } from './inspect-row.js';
import { drawSubtitles } from './inspect-subtitles.js';
import { rect, tag, text } from './inspect-svg.js';
import { envelopeOf, type PlacedAudio } from './placed-audio.js';
import type { Timeline } from './timeline.js';

/** A drawing and its size in pixels. */
export interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** A row holds one of these; the first with which a picture has at most 53 rows. */
const ROW_LENGTHS_MS = [15_000, 30_000, 60_000, 120_000, 300_000];
const MAX_ROWS = 53;
/** The loudest moment fills the lane, but noise is not blown up to look like speech. */
const MAX_GAIN = 12;
const FONT = "'Inter', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/** Draws the part of a recorded stream between two moments, in rows of 15 s (longer ones for more than 13 minutes). */
export function drawTimeline(timeline: Timeline, fromMs: number, toMs: number): Picture {
  const rows = rowsOf(fromMs, toMs);
  const gains = { caller: gainOf(timeline.caller.pieces), agent: gainOf(timeline.agent.pieces) };
  const { width, head, pitch, foot } = LAYOUT;
  const height = head + rows.length * pitch + foot;
  const content = [
    rect(0, 0, width, height, { fill: COLOURS.paper }),
    drawHead(timeline, fromMs, toMs),
    ...rows.map((row) => drawRow(row, timeline, gains)),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
  };
  return {
    svg: tag('svg', { ...attributes, 'font-family': FONT, 'font-size': 12 }, ...content),
    width,
    height,
  };
}

function rowsOf(fromMs: number, toMs: number): RowFrame[] {
  const lengthMs = ROW_LENGTHS_MS.find((length) => (toMs - fromMs) / length <= MAX_ROWS) ?? 300_000;
  const count = Math.ceil((toMs - fromMs) / lengthMs);
  return Array.from({ length: count }, (_, index) => ({
    fromMs: fromMs + index * lengthMs,
    toMs: Math.min(toMs, fromMs + (index + 1) * lengthMs),
    lengthMs,
    top: LAYOUT.head + index * LAYOUT.pitch,
  }));
}

function gainOf(pieces: readonly PlacedAudio[]): number {
  const last = pieces.at(-1);
  if (!last) return 1;
  const { peak } = envelopeOf(pieces, 0, last.fromMs + last.audio.length / 8, 20);
  const loudest = peak.reduce((most, level) => Math.max(most, level), 0);
  return Math.min(MAX_GAIN, loudest > 0 ? 1 / loudest : 1);
}

function drawRow(row: RowFrame, timeline: Timeline, gains: { caller: number; agent: number }): string {
  const { top } = row;
  const { caller, agent } = timeline;
  const [callerTop, agentTop] = [top + ROW.caller, top + ROW.agent];
  const callerLook = { gain: gains.caller, light: COLOURS.callerLight, dark: COLOURS.caller };
  const agentLook = { gain: gains.agent, light: COLOURS.agentLight, dark: COLOURS.agent };
  return [
    drawSeconds(row, top + ROW.bottom, 15),
    drawNames(top),
    drawStates(row, timeline.states, top + ROW.states, ROW.statesHeight),
    drawBand(row, caller.pieces, callerTop, COLOURS.callerBand),
    drawSpeech(row, timeline),
    drawWave(row, caller.pieces, callerTop, callerLook),
    drawCallerLabels(row, timeline),
    drawSubtitles(row, timeline),
    drawBand(row, agent.pieces, agentTop, COLOURS.agentBand),
    drawWave(row, agent.pieces, agentTop, agentLook),
    drawAgentEvents(row, timeline),
    drawSpeaking(row, timeline),
    drawMarks(row, timeline),
  ].join('');
}

function drawNames(top: number): string {
  const name = (words: string, y: number, fill: string, weight?: number) =>
    text(LAYOUT.left - 12, top + y, words, { 'text-anchor': 'end', fill, 'font-weight': weight });
  return [
    name('state', ROW.states + 13, COLOURS.faint),
    name('caller', ROW.caller + LAYOUT.lane / 2 + 4, COLOURS.caller, 600),
    name('agent', ROW.agent + LAYOUT.lane / 2 + 4, COLOURS.agent, 600),
    name('speaking', ROW.speaking + 7, COLOURS.faint),
    name('marks', ROW.marks + 11, COLOURS.faint),
    text(LAYOUT.left - 24, top + ROW.bottom + 15, 'seconds', { 'text-anchor': 'end', fill: COLOURS.faint }),
  ].join('');
}

function drawSpeaking(row: RowFrame, { speaking }: Timeline): string {
  return within(row, speaking)
    .map(({ fromMs, toMs }) => {
      const x = xOf(row, fromMs);
      return rect(x, row.top + ROW.speaking, Math.max(1, xOf(row, toMs) - x), 6, {
        fill: COLOURS.agent,
        rx: 2,
      });
    })
    .join('');
}
