import { isJsonObject } from '../json.js';
import type { Breach, SessionEvent } from '../model/session-record.js';

/** A conversation as lines of text: what came in a row is one line with a count. */
export class ConversationLog {
  readonly #write: (line: string) => void;
  #pending: { key: string; line: string; count: number } | null = null;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  add(event: SessionEvent | Breach, session: number): void {
    const [key, line] = 'code' in event ? breachLine(event, session) : eventLine(event, session);
    if (this.#pending?.key === key && isRepeated(key)) {
      this.#pending.count++;
      return;
    }
    this.flush();
    this.#pending = { key, line, count: 1 };
    if (!isRepeated(key)) this.flush();
  }

  /** Writes what is held back. */
  flush(): void {
    if (!this.#pending) return;
    const { line, count } = this.#pending;
    this.#write(count > 1 ? `${line}  x ${count}` : line);
    this.#pending = null;
  }
}

function isRepeated(key: string): boolean {
  return key.endsWith('.delta') || key.endsWith('.append');
}

function eventLine({ atMs, direction, type, event }: SessionEvent, session: number): [string, string] {
  const arrow = direction === 'from client' ? '->' : '<-';
  const seconds = (atMs / 1000).toFixed(3).padStart(9);
  return [`${session} ${arrow} ${type}`, `${seconds}  ${session} ${arrow} ${type}${detailOf(type, event)}`];
}

function breachLine({ atMs, message, event }: Breach, session: number): [string, string] {
  const seconds = (atMs / 1000).toFixed(3).padStart(9);
  return ['breach', `${seconds}  ${session} !! ${event ?? 'connection'}: ${message}`];
}

const TOLD = ['transcript', 'text', 'name', 'arguments', 'audio_start_ms', 'audio_end_ms', 'item_id'];
const TOLD_OF_PARTS = [
  'id',
  'type',
  'role',
  'name',
  'call_id',
  'output',
  'status',
  'code',
  'message',
  'event_id',
];

/** The words of an event, where it has some. */
function detailOf(type: string, event: Readonly<Record<string, unknown>>): string {
  if (type.endsWith('.delta') || type.endsWith('.append')) return '';
  const parts = [event.error, event.item, event.response].filter(isJsonObject);
  const told = [...fieldsOf(event, TOLD), ...parts.flatMap((part) => fieldsOf(part, TOLD_OF_PARTS))];
  return told.length === 0 ? '' : `  ${told.join(' ')}`;
}

function fieldsOf(part: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = part[name];
    return typeof value === 'string' || typeof value === 'number' ? [`${name}=${JSON.stringify(value)}`] : [];
  });
}
