import { atMediaTime, type FrameRun, foldedFrames, type ReceivedFrame } from './frame-runs.js';
import type { RecordedLine, Recording } from './recording.js';
import { audioOf, saidUtterances } from './said-utterances.js';

type Written = RecordedLine | ReceivedFrame | FrameRun | { readonly t: number; readonly out: object };

/**
 * A recorded call as a fixture: small, with all that a replay needs. Of the agent's audio only lengths and prints are kept, the
 * caller's silence is folded, and frames come when they were said: what a busy machine or network made of that is left out.
 */
export function fixtureText(streams: readonly Recording[]): string {
  return streams.map(streamText).join('');
}

function streamText({ header, lines }: Recording): string {
  const came = lines.flatMap((line) => (isFrame(line) ? [{ t: line.t, in: line.in }] : []));
  const frames = foldedFrames(header.clock === 'virtual' ? came : atMediaTime(came));
  const others = lines.flatMap((line): Written[] => (isFrame(line) || 'prints' in line ? [] : [lightened(line)]));
  const prints = printLines(lines);
  const all: Written[] = [...others, ...frames, ...prints].sort((a, b) => a.t - b.t);
  return [header, ...all].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function isFrame(line: RecordedLine): line is RecordedLine & { readonly in: Readonly<Record<string, unknown>> } {
  return 'in' in line && line.in.event === 'media';
}

function lightened(line: RecordedLine): Written {
  const audio = 'out' in line ? audioOf(line.out) : null;
  if (!('out' in line) || audio === null) return line;
  return { t: line.t, out: { ...line.out, media: { bytes: typeof audio === 'number' ? audio : audio.length } } };
}

/** Behind the last line of each utterance. */
function printLines(lines: readonly RecordedLine[]): RecordedLine[] {
  const utterances = saidUtterances(lines);
  return utterances.map(({ prints }, index) => {
    const next = utterances[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const last = lines.findLast((line) => 'out' in line && audioOf(line.out) !== null && line.t < next);
    return { t: last?.t ?? 0, prints, utterance: index };
  });
}
