import type { RecordedLine, RecordedNote, Recording } from '../recording/recording.js';
import { type SaidUtterance, saidUtterances } from '../recording/said-utterances.js';

/** What is compared of a call, each kind in its own order. */
export const STEP_KINDS = [
  'invitation',
  'utterance',
  'state',
  'question',
  'interruption',
  'speech',
  'end',
  'row',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

/** One thing that the gateway did on a stream. */
export interface RecordedStep {
  readonly kind: StepKind;
  /** Milliseconds since the stream was accepted. */
  readonly atMs: number;
  /** As a person reads it; alike for two steps that are alike. */
  readonly what: string;
  /** A time or length, in ms, which may differ a little between two recordings made in real time. */
  readonly ms: number | null;
  /** Of an utterance: its audio. */
  readonly prints: string | null;
}

/** The steps of one stream, each kind in order. */
export function recordedSteps({ header, lines }: Recording): RecordedStep[] {
  const invitation = header.twiml === null ? [] : [step('invitation', 0, header.twiml)];
  const utterances = saidUtterances(lines).map(utteranceStep);
  return [...invitation, ...utterances, ...lines.flatMap(lineSteps)];
}

function step(kind: StepKind, atMs: number, what: string, ms: number | null = null): RecordedStep {
  return { kind, atMs, what, ms, prints: null };
}

function utteranceStep({ atMs, text, bytes, prints, mark, ended }: SaidUtterance): RecordedStep {
  const words = text === '' ? 'audio without words' : `"${text}"`;
  const marked = mark === null ? 'without a mark' : `mark ${mark}`;
  const how = { played: `played, ${marked}`, cleared: 'cleared', open: 'not played to its end' }[ended];
  return { kind: 'utterance', atMs, what: `${words}, ${how}`, ms: bytes / 8, prints };
}

function lineSteps(line: RecordedLine): RecordedStep[] {
  if ('end' in line) return [step('end', line.t, `the stream is ${line.end}`)];
  if ('row' in line) return rowSteps(line.row, line.t);
  const found = 'note' in line ? noteStep(line) : null;
  return found ? [found] : [];
}

function noteStep(note: RecordedNote): RecordedStep | null {
  switch (note.note) {
    case 'session':
      return step('state', note.t, sessionText(note));
    case 'asked':
      return step('question', note.t, `${note.what}(${(note.with ?? []).map(textOf).join(', ')})`);
    case 'interrupted':
      return step('interruption', note.t, `cut off by ${note.by}`, note.heard_ms);
    case 'speech':
      // What was weighed and rejected changes nothing for anybody.
      return note.what === 'accepted' || note.what === 'ended'
        ? step('speech', note.t, `speech ${note.what}`, note.at_ms)
        : null;
    default:
      return null;
  }
}

function sessionText(note: RecordedNote & { readonly note: 'session' }): string {
  const { state, speaking, intent, collected_data } = note;
  return [
    state,
    speaking ? 'speaking' : 'silent',
    ...(intent === undefined ? [] : [`intent ${intent}`]),
    ...(collected_data === undefined ? [] : [textOf(collected_data)]),
  ].join(', ');
}

/** What a row says beside times, which are never twice the same: its facts, its states, and each turn. */
function rowSteps(row: Readonly<Record<string, unknown>>, atMs: number): RecordedStep[] {
  const { outcome, customer_id, caller_phone, interruptions, states, transcript } = row;
  const facts = { outcome, caller_phone, customer_id, interruptions };
  const texts = [...fieldsOf(states, stateText), ...fieldsOf(transcript, turnText)];
  return [textOf(facts), ...texts].map((text) => step('row', atMs, text));
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(list: unknown, textOfItem: (item: Fields) => string): string[] {
  if (!Array.isArray(list)) return [];
  const items: unknown[] = list;
  return items.map((item) => textOfItem({ ...(typeof item === 'object' ? item : {}) }));
}

function stateText({ name }: Fields): string {
  return `state ${name}`;
}

/** In real time the words at which a turn was cut off are not twice the same: its utterance says where that was. */
function turnText({ role, content, interrupted }: Fields): string {
  return `${role}: ${interrupted === true ? '(cut off)' : content}`;
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}
