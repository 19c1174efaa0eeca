import { ERROR_CODES, GatewayError } from '../../src/core/errors.js';
import type { RecordedNote, Recording } from '../recording/recording.js';

type Asked = RecordedNote & { readonly note: 'asked' };

/**
 * What was asked of the shop in a recorded call, answered once more: the same question gets the same answer, after as long. A
 * question that was never asked is answered as the last one of its kind was; where there was none, it stays without an answer, as one does that the
 * end of the call overtakes.
 */
export class RecordedAnswers {
  readonly #byQuestion = new Map<string, Asked[]>();
  readonly #byKind = new Map<string, Asked>();
  readonly #given = new Map<string, number>();

  constructor(streams: readonly Recording[]) {
    for (const line of streams.flatMap(({ lines }) => lines)) {
      if (!('note' in line) || line.note !== 'asked') continue;
      const question = questionOf(line.what, line.with);
      this.#byQuestion.set(question, [...(this.#byQuestion.get(question) ?? []), line]);
      this.#byKind.set(line.what, line);
    }
  }

  /** Stands in for whatever was asked: its methods and properties are those of the recording. */
  as<T extends object>(): T {
    // Object.create gives what it is declared to be: the recording says what it can answer.
    return new Proxy(Object.create(null), { get: (_target, name) => this.#read(name) });
  }

  /** Rejects, or throws where the answer was there at once, as the recorded answer did. */
  ask(what: string, given: readonly unknown[]): unknown {
    const asked = this.#next(questionOf(what, given)) ?? this.#byKind.get(what);
    if (!asked) return new Promise(() => undefined);
    if (asked.took_ms === null) return answerOf(asked);
    const tookMs = asked.took_ms;
    return new Promise((resolve) => {
      if (tookMs === 0) resolve(null);
      else setTimeout(resolve, tookMs, null);
    }).then(() => answerOf(asked));
  }

  #read(name: string | symbol): unknown {
    // Not a promise, whoever asks.
    if (typeof name !== 'string' || name === 'then') return undefined;
    const asked = this.#byKind.get(name);
    return asked && !asked.with
      ? this.ask(name, [])
      : (...given: readonly unknown[]) => this.ask(name, given);
  }

  #next(question: string): Asked | undefined {
    const answers = this.#byQuestion.get(question) ?? [];
    const given = this.#given.get(question) ?? 0;
    this.#given.set(question, given + 1);
    return answers[Math.min(given, answers.length - 1)];
  }
}

function questionOf(what: string, given: readonly unknown[] = []): string {
  return `${what} ${JSON.stringify(given)}`;
}

function answerOf({ what, gave, failed }: Asked): unknown {
  if (failed === undefined) return gave;
  const code = ERROR_CODES.find((known) => known === failed) ?? 'UNAVAILABLE';
  throw new GatewayError(code, `${what} failed in the recorded call`);
}
