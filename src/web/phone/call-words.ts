import { effect, signal } from '@preact/signals';
import type { Turn } from '../shell/answers.js';
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
  #userTurns = 0;
  #next = 0;

  /** Listens to what is noted on the call, once; what a model heard the caller say comes with the live calls. */
  follow(callSid: string): void {
    if (this.#notes) return;
    this.#notes = new EventSource(`/api/phone/${callSid}/notes`);
    this.#notes.onmessage = ({ data }: MessageEvent<string>) => this.#noted(JSON.parse(data));
    this.#stopWatching = effect(() => {
      const place = liveCalls.places.value.find((each) => each.callSid === callSid);
      if (place) this.#heard(place.call.value.conversation_history);
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

  #noted({ note }: CallNote): void {
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

  #heard(history: readonly Turn[]): void {
    const turns = history.filter(({ role }) => role === 'user');
    for (const { content } of turns.slice(this.#userTurns))
      if (!content.startsWith('pressed ')) this.#add('caller', content);
    this.#userTurns = Math.max(this.#userTurns, turns.length);
  }

  #add(who: Bubble['who'], text: string): void {
    this.bubbles.value = [...this.bubbles.peek(), { id: this.#next++, who, text, isCut: false }];
    this.#goesOn = false;
  }

  #replaceLast(bubble: Bubble): void {
    this.bubbles.value = [...this.bubbles.value.slice(0, -1), bubble];
  }
}
