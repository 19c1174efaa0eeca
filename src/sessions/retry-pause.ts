const FIRST_MS = 250;
const LONGEST_MS = 1_000;

/** The pause before a failed write is tried again: 250 ms doubling to a second, or until somebody cuts it short. */
export class RetryPause {
  #end: (() => void) | undefined;

  /** `failures` in a row, from 1. */
  async wait(failures: number): Promise<void> {
    const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = undefined;
  }

  cut(): void {
    this.#end?.();
  }
}
