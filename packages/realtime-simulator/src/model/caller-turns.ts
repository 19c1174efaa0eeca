import { bytesPerMs } from '../audio/formats.js';
import { VoiceDetector } from '../audio/voice-detector.js';
import type { Profile } from '../profiles.js';
import type { Ids } from '../protocol/ids.js';
import type { SessionSettings } from '../protocol/session-settings.js';
import type { CallerTurn } from '../script/script.js';
import type { ScriptRules } from '../script/script-rules.js';
import type { Conversation, StoredItem } from './conversation.js';
import type { SessionLink } from './link.js';

export interface TurnsContext {
  readonly link: SessionLink;
  readonly ids: Ids;
  readonly profile: Profile;
  readonly settings: SessionSettings;
  readonly conversation: Conversation;
  readonly rules: ScriptRules;
  readonly transcriptAfterMs: number;
  /** Models that can transcribe; `null`: whichever is named. */
  readonly transcriptionModels: readonly string[] | null;
  /** What the test has said that this turn says, before what the script has. */
  readonly nextWords: () => string | undefined;
  readonly onSpeech: () => void;
  readonly onTurn: (turn: { number: number; words: string }) => void;
}

/** Less than this cannot be committed. */
const LEAST_COMMIT_MS = 100;

/** The caller's side: the input buffer, turns found in it, and what was said in each. */
export class CallerTurns {
  readonly #context: TurnsContext;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #kept: Buffer[] = [];
  #detector: VoiceDetector | null = null;
  #bufferedMs = 0;
  #totalMs = 0;
  #speechItemId: string | null = null;
  #turns = 0;

  constructor(context: TurnsContext) {
    this.#context = context;
  }

  /** All the audio that came, in the format it came in. */
  get heard(): Buffer {
    return Buffer.concat(this.#kept);
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  append(audio: Buffer, keep: boolean): void {
    const { settings, link, ids } = this.#context;
    if (keep) this.#kept.push(audio);
    const before = this.#totalMs;
    const ms = audio.length / bytesPerMs(settings.inputType);
    this.#totalMs += ms;
    this.#bufferedMs += ms;
    const { detector } = settings;
    if (!detector) return;
    this.#detector ??= new VoiceDetector(settings.inputType, before);
    for (const { kind, atMs } of this.#detector.push(audio, detector)) {
      const item_id = this.#speechItemId ?? ids.next('item');
      if (kind === 'started') {
        this.#speechItemId = item_id;
        link.send({ type: 'input_audio_buffer.speech_started', audio_start_ms: Math.round(atMs), item_id });
        this.#context.onSpeech();
      } else {
        link.send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: Math.round(atMs), item_id });
        this.#commit(item_id);
      }
    }
  }

  /** The format has changed: what was begun in the other is gone. */
  restart(): void {
    this.#detector = null;
    this.#bufferedMs = 0;
  }

  clear(): void {
    this.#bufferedMs = 0;
    this.#speechItemId = null;
    this.#detector?.reset();
    this.#context.link.send({ type: 'input_audio_buffer.cleared' });
  }

  /** The client ends the turn. Gives how much there was when that is too little. */
  commit(): number | null {
    if (this.#bufferedMs < LEAST_COMMIT_MS) return this.#bufferedMs;
    this.#detector?.reset();
    this.#commit(this.#speechItemId ?? this.#context.ids.next('item'));
    return null;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #commit(id: string): void {
    const { link, conversation, rules, nextWords } = this.#context;
    this.#turns++;
    const number = this.#turns;
    const scripted = rules.turn(number);
    const told = nextWords();
    const turn = told === undefined ? scripted : { ...scripted, says: told };
    this.#bufferedMs = 0;
    this.#speechItemId = null;
    const item: StoredItem = {
      id,
      wire: { id, type: 'message', role: 'user', status: 'completed', content: [{ type: 'input_audio' }] },
      audioMs: null,
    };
    conversation.insert(item);
    const previous_item_id = conversation.previousId(id);
    link.send({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id });
    conversation.announceAdded(item);
    conversation.announceDone(item);
    if (this.#context.settings.transcribes) this.#transcribeLater(item, turn);
    this.#context.onTurn({ number, words: turn.says });
  }

  #transcribeLater(item: StoredItem, turn: CallerTurn): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (this.#context.conversation.find(item.id)) this.#transcribe(item, turn);
    }, turn.transcriptAfterMs ?? this.#context.transcriptAfterMs);
    this.#timers.add(timer);
  }

  #transcribe(item: StoredItem, { says, transcript = says, transcriptFails = false }: CallerTurn): void {
    const { link, profile, settings, transcriptionModels } = this.#context;
    const part = { item_id: item.id, content_index: 0 };
    const model = settings.transcriptionModel;
    const unknown = model !== null && transcriptionModels !== null && !transcriptionModels.includes(model);
    if (transcriptFails || unknown) {
      const message = unknown ? `The deployment ${model} does not exist.` : 'The transcription failed.';
      const error = {
        type: 'transcription_error',
        code: unknown ? 'DeploymentNotFound' : 'server_error',
        message,
      };
      link.send({ type: 'conversation.item.input_audio_transcription.failed', ...part, error });
      return;
    }
    const words = transcript.split(/(?<=\s)(?=\S)/);
    for (let count = 1; count <= words.length; count++) {
      const isLast = count === words.length;
      if (profile.transcripts === 'once')
        link.send({
          type: 'conversation.item.input_audio_transcription.delta',
          ...part,
          delta: words[count - 1] ?? '',
        });
      if (profile.transcripts === 'once' && !isLast) continue;
      link.send({
        type: 'conversation.item.input_audio_transcription.completed',
        ...part,
        transcript: words.slice(0, count).join(''),
        usage: { type: 'duration', seconds: Math.ceil(this.#totalMs / 1000) },
      });
    }
    item.wire = {
      id: item.id,
      type: 'message',
      role: 'user',
      status: 'completed',
      content: [{ type: 'input_audio', transcript }],
    };
  }
}
