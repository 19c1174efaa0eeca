import type { WebSocket } from 'ws';
import type { Speak } from '../audio/tone-voice.js';
import type { Profile } from '../profiles.js';
import { type ClientEvent, clientEventProblems, readClientEvent } from '../protocol/client-events.js';
import { Ids } from '../protocol/ids.js';
import { SessionSettings, voiceOf } from '../protocol/session-settings.js';
import type { Problem } from '../protocol/shape.js';
import type { Action, Script } from '../script/script.js';
import { type Heard, NOTHING_HEARD, ScriptRules } from '../script/script-rules.js';
import { AudioRequests } from './audio-requests.js';
import { CallerTurns } from './caller-turns.js';
import { Conversation } from './conversation.js';
import { Disturbances } from './disturbances.js';
import { ItemRequests } from './item-requests.js';
import { SessionLink } from './link.js';
import { Responder } from './responder.js';
import type { Breach, SessionEvent } from './session-record.js';
import type { WordTime } from './spoken-words.js';
import { failureOf } from './usage.js';

export interface SessionOptions {
  readonly profile: Profile;
  readonly script: Script;
  readonly model: string;
  /** Which session of the server this is, counted from 1. */
  readonly number: number;
  readonly speak: Speak;
  readonly sessionMs: number;
  readonly graceMs: number;
  readonly keepAudio: boolean;
  readonly transcriptionModels: readonly string[] | null;
  readonly nextWords: () => string | undefined;
  readonly onTurn: (words: string) => void;
  readonly observe: (event: SessionEvent | Breach) => void;
}

/** One connection of a client: its session, and what can be asked of it afterwards. */
export class ModelSession {
  readonly #options: SessionOptions;
  readonly #link: SessionLink;
  readonly #ids = new Ids();
  readonly #settings: SessionSettings;
  readonly #disturbances: Disturbances;
  readonly #turns: CallerTurns;
  readonly #audio: AudioRequests;
  readonly #responder: Responder;
  readonly #items: ItemRequests;
  readonly #words: string[] = [];
  readonly #wordTimes: WordTime[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #voice: unknown;
  #ready = false;

  constructor(socket: WebSocket, options: SessionOptions) {
    const { profile, script, model, speak, graceMs, transcriptionModels } = options;
    this.#options = options;
    const ids = this.#ids;
    const link = new SessionLink(socket, ids, options.observe);
    const settings = new SessionSettings(profile, model);
    const rules = new ScriptRules(script, options.number);
    const conversation = new Conversation(profile, (event) => link.send(event));
    const disturb = (action: Action) => this.#disturbances.one(action);
    const pace = script.audio ?? {};
    const heardMs = () => this.#turns.totalMs;
    const respond = () => this.#responder.answerTurn();
    this.#disturbances = new Disturbances({ link, rules, settings, profile, respond });
    const shared = { link, ids, settings, conversation, rules };
    this.#responder = new Responder({
      ...shared,
      speak,
      pace,
      graceMs,
      heardMs,
      disturb,
      onWords: (times) => this.#wordTimes.push(...times),
      responseAfterMs: script.responseAfterMs ?? 0,
      cancelAfterMs: script.cancelAfterMs ?? 0,
    });
    this.#turns = new CallerTurns({
      ...shared,
      profile,
      transcriptAfterMs: script.transcriptAfterMs ?? 50,
      transcriptionModels,
      nextWords: () => this.#words.shift() ?? options.nextWords(),
      onSpeech: () => this.#onSpeech(),
      onTurn: (turn) => this.#onTurn(turn),
    });
    this.#audio = new AudioRequests(link, settings, this.#turns, options.keepAudio);
    this.#items = new ItemRequests({ link, ids, profile, conversation, responder: this.#responder });
    this.#link = link;
    this.#settings = settings;
    socket.on('message', (data, isBinary) => this.#receive(String(data), isBinary));
    socket.on('close', () => this.#close());
    socket.on('error', (error) => link.breach('connection', error.message));
  }

  /** What the client did that it may not; empty for a client that keeps to the protocol. */
  get breaches(): readonly Breach[] {
    return this.#link.breaches;
  }

  /** All events of both directions. */
  get events(): readonly SessionEvent[] {
    return this.#link.events;
  }

  /** The caller's audio as it came; empty without `keepAudio`. */
  get heard(): Buffer {
    return this.#turns.heard;
  }

  /** When each word is in the audio of its item, in the order in which the model said them; also of words whose audio was cut. */
  get wordTimes(): readonly WordTime[] {
    return this.#wordTimes;
  }

  /** Neither side has ended the connection. */
  get isOpen(): boolean {
    return this.#link.isOpen;
  }

  /** What the caller's next turn says that has no words yet. */
  callerSays(words: string): void {
    this.#words.push(words);
  }

  /** Settles with the event of this type that comes `count`th, past ones counted. Rejects with `DEADLINE`. */
  until(type: string, count = 1, withinMs = 15_000): Promise<SessionEvent> {
    return this.#link.until(type, count, withinMs);
  }

  /** Does this now, whatever the script says: `error`, `close`, `drop`, `garbage`, `mute`, `expire`, `send`, `respond`; `fail` the active response. */
  break(action: Action): void {
    if ('fail' in action) this.#responder.end({ status: 'failed', failure: action.fail });
    else this.#disturbances.one(action);
  }

  /** Tells the client that its session is there, and lets it grow old. */
  open(afterMs: number): void {
    this.#disturbances.at('connect');
    const created = () => {
      const session = { ...this.#settings.wire, id: this.#ids.next('sess'), object: 'realtime.session' };
      this.#link.send({ type: 'session.created', session });
    };
    if (afterMs > 0) this.#timers.push(setTimeout(created, afterMs));
    else created();
    // A timer of Node's takes no more than 2^31 ms.
    this.#timers.push(
      setTimeout(() => this.#disturbances.expire(), Math.min(this.#options.sessionMs, 2 ** 31 - 1)),
    );
  }

  /** The connection was taken, and is ended with an error. */
  refuse(code: string, closeCode: number): void {
    this.#link.error(failureOf({ code }));
    if (code === 'beta_api_shape_disabled')
      this.#link.breach(code, 'The header OpenAI-Beta asks for an interface that is gone');
    this.#link.close(closeCode);
  }

  #receive(text: string, isBinary: boolean): void {
    const event = readClientEvent(text, isBinary);
    if (!event) {
      const message = 'Every message must be a JSON object in a text frame, with a type.';
      this.#link.error({ code: 'invalid_event', message });
      return this.#link.breach('invalid_event', message);
    }
    this.#link.note('from client', event);
    if (event.type === 'session.update') return this.#update(event);
    const problems = clientEventProblems(event);
    const [first] = problems;
    if (!first) return this.#handle(event);
    for (const { code, message } of problems) this.#link.breach(code, message, event);
    this.#link.error(first, event);
  }

  /** Events that are as the protocol has them. */
  #handle(event: ClientEvent): void {
    switch (event.type) {
      case 'input_audio_buffer.append':
        return this.#audio.append(event, this.#ready);
      case 'input_audio_buffer.commit':
        return this.#audio.commit(event);
      case 'input_audio_buffer.clear':
        return this.#turns.clear();
      case 'conversation.item.create':
        return this.#items.create(event);
      case 'conversation.item.retrieve':
        return this.#items.retrieve(event);
      case 'conversation.item.delete':
        return this.#items.delete(event);
      case 'conversation.item.truncate':
        this.#items.truncate(event);
        return this.#disturbances.at('truncate');
      case 'response.create':
        this.#disturbances.at('create');
        return this.#responder.create(event);
      case 'response.cancel':
        this.#responder.cancel(event);
        return this.#disturbances.at('cancel');
    }
  }

  #update(event: ClientEvent): void {
    const voice = voiceOf(event);
    if (voice !== undefined && this.#responder.hasSaidAudio && voice !== this.#voice) {
      const message = "Cannot update a conversation's voice if assistant audio is present.";
      const code = 'cannot_update_voice';
      this.#link.breach(code, message, event);
      return this.#link.error({ code, message, param: 'session.audio.output.voice' }, event);
    }
    const { inputType } = this.#settings;
    const { refused, ignored } = this.#settings.update(event);
    for (const { code, message } of [...refused, ...ignored.filter(isUnknown)])
      this.#link.breach(code, message, event);
    const [first] = refused;
    if (first) return this.#link.error(first, event);
    this.#voice = voice ?? this.#voice;
    this.#disturbances.at('update');
    if (this.#settings.inputType !== inputType) this.#turns.restart();
    this.#link.send({ type: 'session.updated', session: this.#settings.wire });
    if (!this.#ready) this.#disturbances.at('ready');
    this.#ready = true;
  }

  #onSpeech(): void {
    if (this.#settings.interruptsResponses) this.#responder.interrupt();
    this.#disturbances.at('speech');
  }

  #onTurn(turn: Heard['turns'][number]): void {
    this.#responder.hearTurn(turn);
    this.#options.onTurn(turn.words);
    this.#disturbances.at('commit', { ...NOTHING_HEARD, turns: [turn] });
    if (this.#settings.createsResponses) this.#responder.answerTurn();
  }

  #close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#disturbances.close();
    this.#turns.close();
    this.#responder.close();
  }
}

function isUnknown({ code }: Problem): boolean {
  return code === 'unknown_parameter';
}
