/** What a gateway writes, line by line. */
export class GatewayLog {
  readonly lines: string[] = [];
  readonly #keeps: (line: string) => boolean;
  #rest = '';

  /** `keeps`: which lines are kept; all when absent. */
  constructor(keeps: (line: string) => boolean = () => true) {
    this.#keeps = keeps;
  }

  /** For a gateway process' `onOutput`. */
  readonly onOutput = (text: string): void => {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.lines.push(...lines.filter(this.#keeps));
  };
}

/** An error was logged, or Node warns: of too many listeners, for one. */
export function isFault(line: string): boolean {
  return /"level":"(error|fatal)"|^\(node:\d+\)/.test(line);
}

/** A fault that nobody caught, or a warning of Node's. */
export function isFatal(line: string): boolean {
  return /"level":"fatal"|^\(node:\d+\)/.test(line);
}
