import { isJsonObject } from '../../packages/realtime-simulator/src/json.js';
import type { Breach, SessionEvent } from '../../packages/realtime-simulator/src/model/session-record.js';

/** What the model does, for the output of a call. */
export interface ModelStep {
  readonly does: 'hears' | 'says' | 'calls' | 'is given' | 'is told' | 'fails' | 'reports a breach';
  readonly text: string;
}

/** The model's side of a call, out of what goes over its sessions. */
export class ModelTrack {
  readonly #show: (step: ModelStep) => void;
  /** Sessions that hear a caller: a gateway has others, to make its prompts with. */
  readonly #hearing = new Set<number>();
  readonly #active = new Set<string>();
  readonly #owed = new Set<string>();

  constructor(show: (step: ModelStep) => void) {
    this.#show = show;
  }

  /** A response is under way, or a function that the model has called has not answered. */
  get isBusy(): boolean {
    return this.#active.size + this.#owed.size > 0;
  }

  turn(words: string): void {
    this.#show({ does: 'hears', text: words });
  }

  add(event: SessionEvent | Breach, session: number): void {
    if ('code' in event) return this.#show({ does: 'reports a breach', text: event.message });
    const { type, event: fields } = event;
    if (type === 'input_audio_buffer.append') this.#hearing.add(session);
    if (!this.#hearing.has(session)) return;
    this.#note(type, fields, session);
    const step = stepOf(type, fields);
    if (step) this.#show(step);
  }

  #note(type: string, { response, item }: Readonly<Record<string, unknown>>, session: number): void {
    const id = isJsonObject(response) ? `${session} ${String(response.id)}` : '';
    if (type === 'response.created') this.#active.add(id);
    if (type === 'response.done') this.#active.delete(id);
    if (!isJsonObject(item)) return;
    const call = `${session} ${String(item.call_id)}`;
    if (type === 'response.output_item.done' && isCall(item)) this.#owed.add(call);
    if (item.type === 'function_call_output') this.#owed.delete(call);
  }
}

function isCall(item: Readonly<Record<string, unknown>>): boolean {
  return item.type === 'function_call' && item.status === 'completed';
}

function stepOf(type: string, event: Readonly<Record<string, unknown>>): ModelStep | null {
  const { item, transcript, text, error, response, audio_end_ms: heardMs } = event;
  switch (type) {
    case 'response.output_audio_transcript.done':
      return { does: 'says', text: String(transcript) };
    case 'response.output_text.done':
      return { does: 'says', text: `${String(text)} (as text)` };
    case 'response.output_item.done':
      return isJsonObject(item) && isCall(item)
        ? { does: 'calls', text: `${String(item.name)} ${String(item.arguments)}` }
        : null;
    case 'conversation.item.create':
      return isJsonObject(item) ? givenStep(item) : null;
    case 'response.cancel':
      return { does: 'is told', text: 'to stop' };
    case 'conversation.item.truncate':
      return { does: 'is told', text: `that the caller heard ${String(heardMs)} ms of its words` };
    case 'conversation.item.delete':
      return { does: 'is told', text: 'that the caller heard nothing of its words' };
    case 'error':
      return { does: 'fails', text: codeOf(error) };
    case 'response.done':
      return isJsonObject(response) ? failureStep(response) : null;
    default:
      return null;
  }
}

function givenStep({ type, output, content }: Readonly<Record<string, unknown>>): ModelStep | null {
  if (type === 'function_call_output') return { does: 'is given', text: String(output) };
  const parts = Array.isArray(content) ? content.filter(isJsonObject) : [];
  const words = parts.map(({ text }) => String(text)).join(' ');
  return words === '' ? null : { does: 'is told', text: words };
}

function failureStep({
  status,
  status_details: details,
}: Readonly<Record<string, unknown>>): ModelStep | null {
  if (status !== 'failed') return null;
  return { does: 'fails', text: codeOf(isJsonObject(details) ? details.error : null) };
}

function codeOf(error: unknown): string {
  return isJsonObject(error) ? String(error.code) : 'without a code';
}
