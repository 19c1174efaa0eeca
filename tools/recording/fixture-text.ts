import { foldedAudio, type SentAudio } from './audio-runs.js';
import { atMediaTime, type FrameRun, foldedFrames, type ReceivedFrame } from './frame-runs.js';
import type { RecordedLine, Recording } from './recording.js';
import { audioOf, saidUtterances } from './said-utterances.js';

type Written = RecordedLine | ReceivedFrame | FrameRun | SentAudio;

/**
 * A recorded call as a fixture: small, with all that a replay needs. Of the agent's audio only lengths and prints are kept, the
 * caller's silence is folded, and frames come when they were said: what a busy machine or network made of that is left out.
 */
export function fixtureText(streams: readonly Recording[]): string {
  return streams.map(streamText).join('');
}

/** It is a recording as it was written: no fixture holds the audio itself. */
export function holdsAgentAudio(streams: readonly Recording[]): boolean {
  return streams.some(({ lines }) =>
    lines.some((line) => 'out' in line && Buffer.isBuffer(audioOf(line.out))),
  );
}

function streamText({ header, lines }: Recording): string {
  const exact = header.clock === 'virtual';
  const came = lines.flatMap((line) => (isFrame(line) ? [{ t: line.t, in: line.in }] : []));
  const frames = foldedFrames(exact ? came : atMediaTime(came, startOf(lines)));
  const others = withoutAudio(
    lines.filter((line) => !isFrame(line) && !('prints' in line)),
    exact,
  );
  const all: Written[] = [...others, ...frames, ...printLines(lines)].sort((a, b) => a.t - b.t);
  return [header, ...all].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** When the stream started; what came before belongs to nothing. */
function startOf(lines: readonly RecordedLine[]): number {
  return lines.find((line) => 'in' in line && line.in.event === 'start')?.t ?? 0;
}

function isFrame(
  line: RecordedLine,
): line is RecordedLine & { readonly in: Readonly<Record<string, unknown>> } {
  return 'in' in line && line.in.event === 'media';
}

/** Runs of audio end wherever anything else happens: the order of the lines must stay as it is. */
function withoutAudio(lines: readonly RecordedLine[], exact: boolean): Written[] {
  const written: Written[] = [];
  let run: SentAudio[] = [];
  const endRun = () => {
    written.push(...foldedAudio(run, exact));
    run = [];
  };
  for (const line of lines) {
    const bytes = 'out' in line ? bytesOf(line.out) : null;
    if ('out' in line && bytes !== null) run.push({ t: line.t, out: { ...line.out, media: { bytes } } });
    else {
      endRun();
      written.push(line);
    }
  }
  endRun();
  return written;
}

function bytesOf(message: Readonly<Record<string, unknown>>): number | null {
  const audio = audioOf(message);
  return audio === null || typeof audio === 'number' ? audio : audio.length;
}

/** Behind the last audio of each utterance. */
function printLines(lines: readonly RecordedLine[]): RecordedLine[] {
  const utterances = saidUtterances(lines);
  return utterances.map(({ prints }, index) => {
    const next = utterances[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const last = lines.findLast((line) => 'out' in line && audioOf(line.out) !== null && line.t < next);
    return { t: last?.t ?? 0, prints, utterance: index };
  });
}
