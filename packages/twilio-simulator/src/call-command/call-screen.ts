import { wrap } from '../lint/wrap.js';
export type Speaker = 'caller' | 'agent' | 'model' | 'system' | 'error';

export interface ScreenOptions {
  readonly write: (text: string) => void;
  readonly columns: number;
  readonly colour: boolean;
}

const COLOURS: Readonly<Record<Speaker, string>> = {
  caller: '32',
  agent: '36',
  model: '35',
  system: '2',
  error: '31',
};
const TIME_WIDTH = 7;
const WHO_WIDTH = 8;
const INDENT = TIME_WIDTH + 2 + WHO_WIDTH;

/** A call as aligned lines: elapsed seconds, who, what; long words of the agent wrap under themselves. */
export class CallScreen {
  readonly #options: ScreenOptions;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  line(atMs: number, who: Speaker, text: string): void {
    const time = `${(atMs / 1000).toFixed(1)} s`.padStart(TIME_WIDTH);
    const lines = wrap(text, Math.max(30, this.#options.columns - INDENT - 1));
    const body = lines.join(`\n${' '.repeat(INDENT)}`);
    this.#options.write(
      `${this.#paint(time, '2')}  ${this.#paint(who.padEnd(WHO_WIDTH) + body, COLOURS[who])}\n`,
    );
  }

  /** A line of the summary under the call. */
  fact(name: string, text: string): void {
    this.#options.write(`  ${this.#paint(name.padEnd(12), '2')}${text}\n`);
  }

  note(text: string): void {
    this.#options.write(`${text}\n`);
  }

  #paint(text: string, code: string): string {
    return this.#options.colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
