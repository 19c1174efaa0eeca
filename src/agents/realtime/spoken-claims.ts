import { wordsOf } from '../../speech/number-words.js';
import { type TimeFit, timeFit } from '../../speech/said-of-time.js';
import type { SpokenTimeContext } from '../../speech/spoken-time.js';
import { timeMentions } from '../../speech/time-mentions.js';
import type { ClaimVerdict } from './booking-said.js';
import { claimsIn } from './claims-in-words.js';
import type { ServiceWords } from './service-words.js';
import type { BookEffect } from './tools/tool-answer.js';

/** What the caller hears when the model has said that something is done and nothing is. */
export const NOTHING_DONE = 'I am sorry, I have not booked or changed anything yet.';

/** In characters. Nobody says more in one answer; to read more would hold up every call. */
const LONGEST_SPEECH = 4000;

type Row = Pick<BookEffect['appointment'], 'service_type' | 'date'>;

export interface ClaimContext extends SpokenTimeContext {
  /** What was written for this call, the latest first. */
  readonly written: readonly Pick<BookEffect, 'kind' | 'appointment'>[];
  /** Appointments that the model was told of: to speak of them is no claim of something new. */
  readonly known: readonly Row[];
  /** How the shop's services are called. */
  readonly services: ServiceWords;
}

/**
 * Holds what the model has said against what is written in the appointment book. English only: of other languages it says `nothing`. Careful
 * to one side: `right` only where a claim is made that names day and time and nothing in all the words disagrees with the row; what is not
 * understood disagrees.
 */
export function judgeClaims(allWords: string, context: ClaimContext): ClaimVerdict {
  const words = allWords.slice(0, LONGEST_SPEECH);
  const claims = claimsIn(words, context.services.nouns);
  if (claims.length === 0) return 'nothing';
  const { written, known, services } = context;
  const mentions = timeMentions(wordsOf(words));
  const fitOf = ({ service_type, date }: Row): TimeFit =>
    services.namesOther(words, service_type) ? 'differs' : timeFit(mentions, date, context);
  const [latest] = written;
  if (!latest) return known.some((row) => fitOf(row) !== 'differs') ? 'nothing' : 'unfounded';
  const fits = claims.every((claim) => agree(claim, latest.kind)) ? fitOf(latest.appointment) : 'differs';
  if (fits === 'fits') return 'right';
  // Of what is cancelled no time need be said.
  if (fits === 'partly') return latest.kind === 'cancelled' ? 'right' : 'nothing';
  const others = [...written.slice(1).map(({ appointment }) => appointment), ...known];
  return others.some((row) => fitOf(row) === 'fits') ? 'nothing' : 'wrong';
}

function agree(claimed: BookEffect['kind'], so: BookEffect['kind']): boolean {
  // What was moved is booked for its new time.
  return claimed === so || (claimed === 'booked' && so === 'moved');
}
