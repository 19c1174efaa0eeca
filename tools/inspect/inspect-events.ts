import { type Label, LabelLines } from './inspect-labels.js';
import { COLOURS, LAYOUT, ROW } from './inspect-layout.js';
import { isIn, type RowFrame, within, xOf } from './inspect-row.js';
import { line, rect, text } from './inspect-svg.js';
import { milliseconds, seconds } from './inspect-words.js';
import type { Timeline } from './timeline.js';

const { left, plotWidth, lane } = LAYOUT;
const KEY_WIDTH = 16;

/** Speech as a shade behind the caller's wave: amber for what was accepted, grey for the rest; a line where it was decided. */
export function drawSpeech(row: RowFrame, { speech }: Timeline): string {
  const y = row.top + ROW.caller;
  const shades = within(row, speech).map(({ verdict, fromMs, toMs }) => {
    const x = xOf(row, fromMs);
    const fill = verdict === 'accepted' ? COLOURS.speech : COLOURS.rejected;
    return rect(x, y, Math.max(2, xOf(row, toMs) - x), lane, { fill, 'fill-opacity': 0.45 });
  });
  const decided = speech
    .filter((found) => isIn(row, found.decidedMs))
    .map(({ decidedMs }) => xOf(row, decidedMs));
  const lines = decided.map((x) => line(x, y, x, y + lane, { stroke: '#8a6100', 'stroke-dasharray': '2 2' }));
  return [...shades, ...lines].join('');
}

/** Above the caller's wave: the keys pressed, and how soon speech was found. */
export function drawCallerLabels(row: RowFrame, { keys, speech }: Timeline): string {
  const labels = new LabelLines(left, left + plotWidth);
  const baseline = row.top + ROW.callerLabels;
  const pressed = keys
    .filter(({ atMs }) => isIn(row, atMs))
    .map(({ atMs, digit }) => {
      const x = xOf(row, atMs);
      labels.keepFree(x - KEY_WIDTH / 2, x + KEY_WIDTH / 2);
      return [
        line(x, baseline + 3, x, row.top + ROW.caller + lane, { stroke: COLOURS.key }),
        rect(x - KEY_WIDTH / 2, baseline - 12, KEY_WIDTH, 16, { fill: COLOURS.key, rx: 3 }),
        text(x, baseline, digit, {
          'font-size': 12,
          fill: COLOURS.paper,
          'text-anchor': 'middle',
          'font-weight': 600,
        }),
      ].join('');
    });
  const words = speech
    .filter(({ fromMs }) => isIn(row, fromMs))
    .map(({ verdict, fromMs, toMs, decidedMs }) => ({
      x: xOf(row, fromMs),
      side: 'right' as const,
      words:
        verdict === 'accepted'
          ? `speech, found after ${milliseconds(decidedMs - fromMs)}, ${seconds(toMs - fromMs)} long`
          : `no speech (${verdict})`,
      fill: COLOURS.ink,
    }));
  return [...pressed, labels.place(words, baseline)].join('');
}

/** Through the agent's wave: what was cleared, why, and how soon the agent answered. */
export function drawAgentEvents(row: RowFrame, timeline: Timeline): string {
  const { agent, latencies } = timeline;
  const y = row.top + ROW.agent;
  const clears = agent.clears
    .filter((atMs) => isIn(row, atMs))
    .map((atMs) => {
      const x = xOf(row, atMs);
      return line(x, y - 31, x, y + lane, { stroke: COLOURS.clear, 'stroke-width': 2 });
    });
  const answers = latencies
    .filter(({ what, toMs }) => what !== 'cut' && isIn(row, toMs))
    .map(({ to, fromMs, toMs }): Label => {
      const since = to === 'start' ? 'the start' : to === 'key' ? 'the key' : 'the speech';
      return {
        x: xOf(row, toMs),
        side: 'right',
        words: `speaks ${milliseconds(toMs - fromMs)} after ${since}`,
        fill: COLOURS.agent,
      };
    });
  const labels = new LabelLines(left, left + plotWidth, 2);
  for (const atMs of agent.clears)
    if (isIn(row, atMs)) labels.keepFree(xOf(row, atMs) - 1, xOf(row, atMs) + 1);
  return [...clears, labels.place([...cuts(row, timeline), ...answers], row.top + ROW.agentLabels)].join('');
}

function cuts(row: RowFrame, { interruptions, latencies }: Timeline): Label[] {
  return interruptions
    .filter(({ atMs }) => isIn(row, atMs))
    .map(({ atMs, by, heardMs }) => {
      const latency = latencies.findLast(({ what, toMs }) => what === 'cut' && toMs <= atMs + 1);
      const after = latency ? milliseconds(latency.toMs - latency.fromMs) : '';
      const words = {
        speech: `cut off after ${after} of speech`,
        key: `cut off ${after} after the key`,
        agent: 'cut off by itself',
      };
      return {
        x: xOf(row, atMs),
        side: 'left',
        words: `${words[by]}; ${seconds(heardMs)} heard`,
        fill: COLOURS.clear,
      };
    });
}

/** Marks: a short tick when sent, a long one when back, joined; how long after its audio it came back. */
export function drawMarks(row: RowFrame, { agent, durationMs }: Timeline): string {
  const [top, height] = [row.top + ROW.marks, ROW.marksHeight];
  const labels = new LabelLines(left, left + plotWidth);
  const all = agent.marks.map((mark) => ({ ...mark, fromMs: mark.sentMs, toMs: mark.backMs ?? durationMs }));
  const drawn = within(row, all).map(({ fromMs, toMs, sentMs, backMs, cleared }) => {
    const [x, end] = [xOf(row, fromMs), xOf(row, toMs)];
    const stroke = cleared ? COLOURS.clear : COLOURS.mark;
    labels.keepFree(x, end);
    return [
      line(x, top + height / 2, end, top + height / 2, {
        stroke,
        'stroke-dasharray': backMs === null ? '3 3' : undefined,
      }),
      isIn(row, sentMs) ? line(x, top + 3, x, top + height - 3, { stroke, 'stroke-width': 2 }) : '',
      backMs !== null && isIn(row, backMs)
        ? line(end, top, end, top + height, { stroke, 'stroke-width': 2 })
        : '',
    ].join('');
  });
  const words = agent.marks.flatMap(({ backMs, dueMs, cleared }) =>
    backMs === null || !isIn(row, backMs)
      ? []
      : [
          {
            x: xOf(row, backMs),
            side: 'right' as const,
            words: cleared ? 'cleared' : `back after ${milliseconds(backMs - dueMs)}`,
            fill: COLOURS.mark,
          },
        ],
  );
  return [...drawn, labels.place(words, top + height - 3)].join('');
}
