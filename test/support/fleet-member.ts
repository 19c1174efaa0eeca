import type { CallChange, FleetMember, FleetRequest, WordsNow } from '../../src/line/fleet.js';
import type { SessionChange } from '../../src/sessions/live-session.js';
import type { Session } from '../../src/sessions/session.js';
import { newSession } from './sample-session.js';

/** A gateway as its fleet knows it, with the calls that a test gives it. */
export class TestMember implements FleetMember {
  readonly asked: FleetRequest[] = [];
  /** What it answers; a promise that never settles is no answer. */
  answering: (request: FleetRequest) => Promise<boolean> = async () => true;
  readonly #sessions = new Map<string, Session>();
  readonly #watchers = new Set<(event: CallChange) => void>();
  readonly #listeners = new Set<(words: WordsNow) => void>();

  get liveSessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  get callSids(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  watch(watcher: (event: CallChange) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  get isListenedTo(): boolean {
    return this.#listeners.size > 0;
  }

  watchWords(watcher: (words: WordsNow) => void): () => void {
    this.#listeners.add(watcher);
    return () => this.#listeners.delete(watcher);
  }

  say(callSid: string, text: string): void {
    for (const listener of this.#listeners) listener({ callSid, text, turns: 0 });
  }

  answer(request: FleetRequest): Promise<boolean> {
    this.asked.push(request);
    return this.answering(request);
  }

  begin(changes: Partial<Session> = {}): Session {
    const session = newSession(changes);
    this.#sessions.set(session.call_sid, session);
    this.#tell({ type: 'session', session });
    return session;
  }

  change(callSid: string, changes: SessionChange): void {
    const before = this.#sessions.get(callSid);
    if (before) this.begin({ ...before, ...changes });
  }

  end(callSid: string): void {
    this.#sessions.delete(callSid);
    this.#tell({ type: 'ended', callSid });
  }

  #tell(event: CallChange): void {
    for (const watcher of this.#watchers) watcher(event);
  }
}
