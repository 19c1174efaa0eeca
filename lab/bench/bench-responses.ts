import { stamp } from './stamps.js';

const FRAME_BYTES = 160;
/** What the gateway sends in one message, too: no piece waits for another. */
const PIECE_MS = 100;
const REPLY_MS = 10_000;
/** What a client that asks for an answer gets. */
const SHORT_MS = 200;
/** By then a greeting of that length is over: what came before that is heard late, whoever carries it. */
const TALKS_AFTER_MS = 1500;
const TRANSCRIPT = 'And so on and so on.';
const PIECE = Buffer.alloc(PIECE_MS * 8, 0x2a);

/** The replies of one session of the bench's model: one after the other, each piece when the one before it has been heard. */
export class BenchResponses {
  readonly #send: (event: object) => void;
  #talks = false;
  #replies = 0;
  #events = 1;
  #leftMs = 0;
  #dueAt = 0;
  /** What it was given to read, and says next. */
  #text = TRANSCRIPT;

  constructor(send: (event: object) => void) {
    this.#send = send;
  }

  /** It hears the caller: soon it talks, and never stops. */
  talk(): void {
    if (this.#talks) return;
    this.#talks = true;
    // Not all sessions in one tick.
    this.#dueAt = performance.now() + TALKS_AFTER_MS + Math.random() * PIECE_MS;
  }

  read(text: string | undefined): void {
    this.#text = text ?? TRANSCRIPT;
  }

  create(eventId: string | undefined): void {
    if (this.#leftMs === 0) return this.#begin(SHORT_MS);
    const error = { type: 'invalid_request_error', code: 'conversation_already_has_active_response' };
    this.#tell({ type: 'error', error: { ...error, message: '', param: null, event_id: eventId ?? null } });
  }

  cancel(): void {
    if (this.#leftMs > 0) this.#end('cancelled');
  }

  /** Sends what is due at `now`. */
  advance(now: number): void {
    if (now < this.#dueAt || !(this.#talks || this.#leftMs > 0)) return;
    if (this.#leftMs === 0) this.#begin(REPLY_MS);
    stamp(PIECE, FRAME_BYTES);
    this.#tell({ type: 'response.output_audio.delta', ...this.#part(), delta: PIECE.toString('base64') });
    this.#leftMs -= PIECE_MS;
    // Whoever is late leaves pieces out: all but the first of several at once would wait for the one before to be heard.
    this.#dueAt += PIECE_MS * (1 + Math.floor((now - this.#dueAt) / PIECE_MS));
    if (this.#leftMs === 0) this.#end('completed');
  }

  /** The answer to a turn of the caller, as a server has it that finds turns by itself. */
  #begin(ms: number): void {
    this.#replies++;
    this.#leftMs = ms;
    this.#dueAt = Math.max(this.#dueAt, performance.now() - PIECE_MS);
    const turn = `item_turn_${this.#replies}`;
    if (ms === REPLY_MS) {
      this.#tell({ type: 'input_audio_buffer.committed', item_id: turn, previous_item_id: null });
      const item = { id: turn, type: 'message', role: 'user', status: 'completed', content: [] };
      this.#tell({ type: 'conversation.item.added', previous_item_id: null, item });
    }
    this.#tell({ type: 'response.created', response: this.#response('in_progress') });
    const { response_id, output_index } = this.#part();
    const item = { ...this.#item, status: 'in_progress' };
    this.#tell({ type: 'response.output_item.added', response_id, output_index, item });
    const part = { type: 'audio', transcript: '' };
    this.#tell({ type: 'response.content_part.added', ...this.#part(), part });
  }

  #end(status: 'completed' | 'cancelled'): void {
    this.#leftMs = 0;
    const { response_id, output_index } = this.#part();
    const transcript = this.#text;
    this.#tell({ type: 'response.output_audio_transcript.delta', ...this.#part(), delta: transcript });
    this.#tell({ type: 'response.output_audio.done', ...this.#part() });
    this.#tell({ type: 'response.output_audio_transcript.done', ...this.#part(), transcript });
    const item = { ...this.#item, status: status === 'completed' ? 'completed' : 'incomplete' };
    this.#tell({ type: 'response.output_item.done', response_id, output_index, item });
    this.#tell({ type: 'response.done', response: this.#response(status) });
  }

  get #item() {
    return { id: this.#part().item_id, type: 'message', role: 'assistant', content: [] };
  }

  #part() {
    const response_id = `resp_${this.#replies}`;
    return { response_id, item_id: `item_${this.#replies}`, output_index: 0, content_index: 0 };
  }

  #response(status: string) {
    const { response_id: id } = this.#part();
    return { object: 'realtime.response', id, status, output: [], output_modalities: ['audio'] };
  }

  #tell(event: object): void {
    this.#events++;
    this.#send({ event_id: `event_${this.#events}`, ...event });
  }
}
