import { randomBytes } from 'node:crypto';
import type { FleetAnswer } from './fleet.js';

/** More questions at once than staff and webhooks have. */
const MOST_OPEN = 200;
/** A webhook waits no longer for another gateway. */
export const ANSWER_WITHIN_MS = 500;

/** The questions to other gateways that are not answered yet. */
export class FleetRequests {
  readonly #open = new Map<string, (answer: FleetAnswer) => void>();

  /** `send` tells how many have got it; null when that cannot be told. */
  async ask(send: (id: string) => Promise<number | null>): Promise<FleetAnswer> {
    if (this.#open.size >= MOST_OPEN) return 'unavailable';
    const id = randomBytes(8).toString('hex');
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<FleetAnswer>((resolve) => {
      this.#open.set(id, resolve);
      timer = setTimeout(() => resolve('timeout'), ANSWER_WITHIN_MS);
    });
    const sent = send(id).then((receivers) => {
      if (receivers === null) return 'unavailable';
      return receivers === 0 ? 'gone' : answered;
    });
    const answer = await Promise.race([answered, sent]);
    clearTimeout(timer);
    this.#open.delete(id);
    return answer;
  }

  answered(id: string, isDone: boolean): void {
    this.#open.get(id)?.(isDone ? 'done' : 'refused');
  }
}
