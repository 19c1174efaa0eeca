import { effect, signal } from '@preact/signals';
import type { LiveCall } from '../shell/answers.js';
import { liveCalls } from '../shell/events.js';

/** One bubble of the conversation. */
export interface Bubble {
  readonly id: number;
  readonly who: 'agent' | 'caller' | 'key';
  readonly text: string;
  /** The caller cut it off. */
  readonly isCut: boolean;
}

/** What the gateway notes on a call; docs/http-api.md has the rest. */
interface CallNote {
  readonly note:
    | { readonly note: 'words'; readonly text: string }
    | { readonly note: 'session'; readonly state: string; readonly speaking: boolean }
    | { readonly note: 'interrupted' }
    | { readonly note: 'speech'; readonly what: string };
}

/** What is said on a call, as it is said: the agent's sentences when they begin to sound, the caller's words and keys. */
export class CallWords {
  readonly bubbles = signal<readonly Bubble[]>([]);
  readonly state = signal('greeting');
  readonly isSpeaking = signal(false);
  /** The gateway hears the caller speak. */
  readonly isHeard = signal(false);
  /** How often the caller cut the agent off. */
  readonly interruptions = signal(0);
  #notes: EventSource | null = null;
  #stopWatching: (() => void) | null = null;
  /** The agent's next sentence goes on with its last bubble. */
  #goesOn = false;
  #turns = 0;
  /** How many notes were taken. */
  #noted = 0;
  /** The gateway that answers here does not have the stream: what was heard is known, and not what is being said. */
  #hasNoNotes = false;
  #next = 0;

  /** Listens to what is noted on the call, once; what a model heard the caller say comes with the live calls. */
  follow(callSid: string): void {
    if (this.#notes) return;
    this.#notes = new EventSource(`/api/phone/${callSid}/notes`);
    // A connection that broke and is there again tells everything from the beginning.
    let told = 0;
    this.#notes.onopen = () => {
      told = 0;
    };
    this.#notes.onmessage = ({ data }: MessageEvent<string>) => {
      told += 1;
      if (told <= this.#noted) return;
      this.#noted = told;
      this.#take(JSON.parse(data));
    };
    this.#notes.onerror = () => {
      this.#hasNoNotes = this.#notes?.readyState === EventSource.CLOSED;
    };
    this.#stopWatching = effect(() => {
      const place = liveCalls.places.value.find((each) => each.callSid === callSid);
      if (place) this.#changed(place.call.value);
    });
  }

  pressed(digit: string): void {
    const [last] = this.bubbles.value.slice(-1);
    if (last?.who === 'key') this.#replaceLast({ ...last, text: `${last.text} ${digit}` });
    else this.#add('key', digit);
  }

  end(): void {
    this.#notes?.close();
    this.#stopWatching?.();
    this.isSpeaking.value = false;
    this.isHeard.value = false;
  }

  #take({ note }: CallNote): void {
    if (note.note === 'words') this.#said(note.text);
    else if (note.note === 'interrupted') this.#cut();
    else if (note.note === 'speech') this.isHeard.value = note.what === 'accepted';
    else {
      this.state.value = note.state;
      this.isSpeaking.value = note.speaking;
      if (!note.speaking) this.#goesOn = false;
    }
  }

  #said(text: string): void {
    const [last] = this.bubbles.value.slice(-1);
    if (this.#goesOn && last?.who === 'agent') this.#replaceLast({ ...last, text: `${last.text} ${text}` });
    else this.#add('agent', text);
    this.#goesOn = true;
  }

  #cut(): void {
    this.interruptions.value += 1;
    this.#goesOn = false;
    this.bubbles.value = this.bubbles.value.map((bubble, place, all) =>
      place === all.findLastIndex(({ who }) => who === 'agent') ? { ...bubble, isCut: true } : bubble,
    );
  }

  #changed({ conversation_history, current_state, speaking }: LiveCall): void {
    for (const { role, content, interrupted } of conversation_history.slice(this.#turns)) {
      if (role === 'user' && !content.startsWith('pressed ')) this.#add('caller', content);
      if (role === 'assistant' && this.#hasNoNotes) this.#add('agent', content, interrupted === true);
    }
    this.#turns = Math.max(this.#turns, conversation_history.length);
    if (!this.#hasNoNotes) return;
    this.state.value = current_state;
    this.isSpeaking.value = speaking;
  }

  #add(who: Bubble['who'], text: string, isCut = false): void {
    this.bubbles.value = [...this.bubbles.peek(), { id: this.#next++, who, text, isCut }];
    this.#goesOn = false;
  }

  #replaceLast(bubble: Bubble): void {
    this.bubbles.value = [...this.bubbles.value.slice(0, -1), bubble];
  }
}
