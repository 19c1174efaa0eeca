import { wordsOf } from '../../speech/number-words.js';
import { type TimeFit, timeFit } from '../../speech/said-of-time.js';
import type { SpokenTimeContext } from '../../speech/spoken-time.js';
import { timeMentions } from '../../speech/time-mentions.js';
import type { ServiceWords } from './service-words.js';
import type { BookEffect } from './tools/tool-answer.js';

/**
 * What words say about the appointment book. `nothing`: nothing; `right`: what is written there; `wrong`: another day, time or service;
 * `unfounded`: something that is not written there.
 */
export type ClaimVerdict = 'nothing' | 'right' | 'wrong' | 'unfounded';

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
  /** The shop was asked to call back: that is done. */
  readonly isCallbackNoted: boolean;
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
  const all = claimsIn(words, context.services.nouns);
  if (all.length === 0) return 'nothing';
  const { written, known, services } = context;
  const [latest] = written;
  // It need not be the booking that is done: a cancellation or a message may be.
  const isOtherwiseDone = context.isCallbackNoted || latest?.kind === 'cancelled';
  const isVague = all.every((claim) => claim === 'done');
  if (isVague && isOtherwiseDone && !SEE_YOU.test(words)) return 'nothing';
  const claims = isVague ? (['booked'] as const) : all.filter((claim) => claim !== 'done');
  const mentions = timeMentions(wordsOf(words));
  const fitOf = ({ service_type, date }: Row): TimeFit =>
    services.namesOther(words, service_type) ? 'differs' : timeFit(mentions, date, context);
  if (!latest) return known.some((row) => fitOf(row) !== 'differs') ? 'nothing' : 'unfounded';
  const fits = claims.every((claim) => agree(claim, latest.kind)) ? fitOf(latest.appointment) : 'differs';
  if (fits === 'fits') return 'right';
  // Of what is cancelled no time need be said.
  if (fits === 'partly') return latest.kind === 'cancelled' ? 'right' : 'nothing';
  const others = [...written.slice(1).map(({ appointment }) => appointment), ...known];
  return others.some((row) => fitOf(row) === 'fits') ? 'nothing' : 'wrong';
}

function agree(claimed: Deed, so: Deed): boolean {
  // What was moved is booked for its new time.
  return claimed === so || (claimed === 'booked' && so === 'moved');
}

type Deed = BookEffect['kind'];
/** `done`: something is, and not said what. */
type Claim = Deed | 'done';

const SEE_YOU = /\bsee you\b/i;

/** The words by which something is said to be done. */
const DEEDS: readonly (readonly [Deed, RegExp])[] = [
  ['cancelled', /^cancell?ed$/],
  ['moved', /^(moved|rescheduled|changed|switched|pushed)$/],
  [
    'booked',
    /^(booked|scheduled|reserved|confirmed|set|down|good|in|locked|secured|made|saved|put|got|arranged)$/,
  ],
];

/** Said between the subject and what is done. */
const BETWEEN =
  '(?:(?:now|just|already|all|successfully|officially|also|been|gone ahead and|went ahead and|then|so|both)\\s+)*';
const BE = "(?:\\s+(?:is|are|was|were|has been|have been|has|have|got|gets)|'s|'re|'ve been|'s been)";
/** What is booked, beside the services of the shop. */
const THINGS = [
  'appointment',
  'visit',
  'booking',
  'reservation',
  'service',
  'car',
  'vehicle',
  'truck',
  'spot',
  'change',
];
const PASSIVE_DEEDS =
  'booked|scheduled|reserved|confirmed|set|down for|good to go|in the (?:book|books|calendar|schedule|system)|locked in|secured|moved|rescheduled|changed|cancell?ed';

/** `I have booked you`, `we moved it`, `I've got you down for`. */
const ACTIVE = new RegExp(
  `\\b(?:i|we)(?:'ve|\\s+have|\\s+just|\\s+went ahead and)?\\s+${BETWEEN}(booked|scheduled|reserved|confirmed|secured|made|arranged|moved|rescheduled|changed|switched|cancell?ed|put|got|set|have)\\s+(?:you|your|it|that|this|the|an?)\\b(.{0,24})`,
  'g',
);
/** `Booked for Monday at nine!`, `All set for Monday`, `Done, you …` */
const BARE =
  /^(?:(?:great|okay|ok|alright|all right|perfect|good|wonderful|sure|yes|thank you|thanks|done|there you go)[\s,!]+)*(?:all |now )*(booked|scheduled|confirmed|reserved|set|moved|rescheduled|cancell?ed)\b(?! up\b| out\b| solid\b)/;

/** `You're all set.`, `All set, …`: nothing that follows belongs to it. */
const VAGUE = /^(?:set|good to go)$/;
const AFTER_VAGUE = /^(?: now| then| here)?\s*(?:$|[,.!:-]|and\b|but\b)/;
const NOTHING_NAMED = /^(?:you|it|that|this|everything)\b/;

/** What makes of it a question, a wish, or a thing to come. */
const NOT_SO =
  /\b(?:if|once|when|whenever|before|until|till|unless|whether|would|could|can|cannot|shall|should|may|might|want|wants|wanted|like|let|lets|let's|let me|will|'ll|going to|gonna|about to|need|needs|to be|try|trying|not|never|no|nothing|none|without|unable|nobody|hasn't|haven't|isn't|aren't|wasn't|weren't|don't|didn't|can't|couldn't|won't|wouldn't|after|as soon as|ready to|happy to|how|what|which|why)\b|n't\b|'ll\b/;

/**
 * What the words say to be done: nothing of a question, a wish, a condition, a denial, or a time that cannot be had. English. In the order in which it is
 * said. `services`: words that name what the shop does, in lower case and in the singular.
 */
function claimsIn(words: string, services: readonly string[]): readonly Claim[] {
  const passive = passiveOf(services);
  return sentencesOf(words).flatMap((sentence) => claimsOf(sentence, passive));
}

/** Somebody or something that is booked: not a time, a day or the shop, which are booked when they cannot be had. */
function passiveOf(services: readonly string[]): RegExp {
  const thing = `(?:${[...THINGS, ...services].join('|')})(?:e?s)?`;
  return new RegExp(
    `\\b(?:you|it|that|this|everything|${thing}(?: [a-z0-9' ]{0,60}?)?)${BE}\\s+${BETWEEN}(${PASSIVE_DEEDS})\\b(?! up\\b| out\\b| solid\\b| off\\b)`,
    'g',
  );
}

/** A question that may follow a statement in one sentence: "…, is there anything else?" */
const ASKED_AFTER =
  /(?:,|,? and|,? so) (?:is there (?:anything|something)|anything|can i|what else|do you (?:need|have)|did you|would you like anything|how else|right|okay|does that|is that|sound)\b[^,]*\?+$/;

function claimsOf(asSaid: string, passive: RegExp): readonly Claim[] {
  const sentence = asSaid.replace(ASKED_AFTER, '');
  if (sentence.endsWith('?')) return [];
  const found: Claim[] = [];
  for (const [pattern, isActive] of [
    [passive, false],
    [ACTIVE, true],
  ] as const) {
    for (const match of sentence.matchAll(pattern)) {
      const [whole, deed = '', rest = ''] = match;
      const before = sentence.slice(0, match.index + whole.length - rest.length);
      if (NOT_SO.test(before) || (isActive && !isDone(deed, rest))) continue;
      const after = sentence.slice(match.index + whole.length);
      found.push(NOTHING_NAMED.test(whole) ? claimOf(deed, after) : kindOf(deed));
    }
  }
  const bare = BARE.exec(sentence);
  if (bare && found.length === 0) found.push(claimOf(bare[1] ?? '', sentence.slice(bare[0].length)));
  return found;
}

/** "I have you down", "I got you in" and "I put you in" are; "I have the times", "I set the phone down" are not. */
function isDone(deed: string, rest: string): boolean {
  if (/^(have|got|put|set)$/.test(deed))
    return /^ ?(?:all )?(?:down|in\b|booked|scheduled|set|up for|on the (?:book|calendar|schedule))/.test(
      rest,
    );
  if (/^(made|arranged|secured)$/.test(deed))
    return /\b(?:appointment|reservation|booking|spot|slot|time)\b/.test(rest);
  return true;
}

/** Of words that name nothing that is booked. */
function claimOf(deed: string, after: string): Claim {
  return VAGUE.test(deed) && AFTER_VAGUE.test(after) ? 'done' : kindOf(deed);
}

function kindOf(deed: string): Deed {
  const [word = ''] = deed.split(' ');
  return DEEDS.find(([, words]) => words.test(word))?.[0] ?? 'booked';
}

/** In lower case, each with the mark that ends it. */
function sentencesOf(words: string): readonly string[] {
  const plain = words
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc]/g, "'")
    .replace(/\b([ap])\.\s?m\b\.?/g, '$1m')
    .replace(/[\u2010-\u2015]/g, ' - ')
    .replace(/(\d)\.(\d)/g, '$1:$2')
    .replace(/\s+/g, ' ');
  return (plain.match(/[^.!?;]+[.!?;]*/g) ?? []).map((sentence) => sentence.trim());
}
