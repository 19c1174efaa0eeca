import type { FinishedCall } from './answers.js';
import { sentenceCase } from './format.js';

type Tone = 'good' | 'accent' | 'warn' | 'bad' | '';

type Shown = readonly [name: string, tone: Tone];

const OUTCOMES: Readonly<Record<string, Shown>> = {
  booked: ['Booked', 'good'],
  completed: ['Served', 'good'],
  transferred: ['Put through', 'accent'],
  callback_requested: ['Wants a call', 'warn'],
  hung_up: ['Hung up', ''],
  abandoned: ['Said nothing', ''],
  failed: ['Failed', 'bad'],
} satisfies Record<FinishedCall['outcome'], Shown>;

/** Every outcome that this page knows. */
export const OUTCOME_TYPES = Object.keys(OUTCOMES);

/** How a call ended, as people say it. */
export function outcomeName(outcome: string): string {
  return OUTCOMES[outcome]?.[0] ?? sentenceCase(outcome);
}

/** The class of its colour, which says how good that is. */
export function outcomeTone(outcome: string): Tone {
  return OUTCOMES[outcome]?.[1] ?? '';
}
