import type { ClientEvent } from '../protocol/client-events.js';
import type { SessionSettings } from '../protocol/session-settings.js';
import type { CallerTurns } from './caller-turns.js';
import type { SessionLink } from './link.js';

const LARGEST_APPEND_BYTES = 15 * 1024 * 1024;

/** What clients do with the input buffer. */
export class AudioRequests {
  readonly #link: SessionLink;
  readonly #settings: SessionSettings;
  readonly #turns: CallerTurns;
  readonly #keepAudio: boolean;
  #toldOfEarlyAudio = false;

  constructor(link: SessionLink, settings: SessionSettings, turns: CallerTurns, keepAudio: boolean) {
    this.#link = link;
    this.#settings = settings;
    this.#turns = turns;
    this.#keepAudio = keepAudio;
  }

  /** `isReady`: the client has been told which format is heard. */
  append(event: ClientEvent, isReady: boolean): void {
    const audio = Buffer.from(String(event.audio), 'base64');
    if (audio.length > LARGEST_APPEND_BYTES) return this.#refuse(event, 'Audio is over 15 MiB.');
    if (audio.length === 0 || (this.#settings.inputType === 'audio/pcm' && audio.length % 2 === 1))
      return this.#refuse(event, 'Audio has no whole samples.');
    if (!isReady && !this.#toldOfEarlyAudio) {
      this.#toldOfEarlyAudio = true;
      this.#link.breach('audio_before_ready', 'Audio came before session.updated told its format', event);
    }
    this.#turns.append(audio, this.#keepAudio);
  }

  commit(event: ClientEvent): void {
    const ms = this.#turns.commit();
    if (ms === null) return;
    const message = `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${ms.toFixed(2)}ms of audio.`;
    this.#link.error({ code: 'input_audio_buffer_commit_empty', message }, event);
    this.#link.breach('input_audio_buffer_commit_empty', message, event);
  }

  #refuse(event: ClientEvent, message: string): void {
    this.#link.error({ code: 'invalid_value', message, param: 'audio' }, event);
    this.#link.breach('invalid_value', message, event);
  }
}
