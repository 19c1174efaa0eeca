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

/** Something that ought not to happen at all was logged. */
export function isFault(line: string): boolean {
  return /"level":"(error|fatal)"/.test(line);
}
