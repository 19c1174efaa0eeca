import type { ANALYTICS } from '../../server/routes/analytics.js';
import type { CALLBACKS } from '../../server/routes/callbacks.js';
import type { CALLS } from '../../server/routes/calls.js';
import type { LIVE } from '../../server/routes/live.js';
import type { AnswerOf } from '../../server/routes/operation.js';
import type { REDIS } from '../../server/routes/redis.js';
import type { SHOP } from '../../server/routes/shop.js';

// What the API answers, by the schemas of its routes. Of these files the page takes types and nothing else.

export type ShopSettings = AnswerOf<typeof SHOP.get>;
export type Answering = ShopSettings['answering'];
export type Service = ShopSettings['services'][number];

/** Of a live call what the page reads; agents add fields of their own. */
export type LiveCall = Pick<
  AnswerOf<typeof LIVE.list>['live'][number],
  | 'call_sid'
  | 'caller_phone'
  | 'customer_id'
  | 'conversation_history'
  | 'current_state'
  | 'states'
  | 'collected_data'
  | 'intent'
  | 'speaking'
  | 'created_at'
  | 'test'
  | 'intervention'
>;

/** What the agent of a live call is saying, as far as it was played. */
export interface WordsNow {
  readonly call_sid: string;
  readonly text: string;
  /** How many turns of the agent the history had: with more, the words are in it. */
  readonly turns: number;
}

export type FinishedCall = AnswerOf<typeof CALLS.get>;
export type Waveform = NonNullable<AnswerOf<typeof CALLS.waveform>['waveform']>;
export type Turn = FinishedCall['transcript'][number];
export type PassedState = FinishedCall['states'][number];
export type Delays = NonNullable<NonNullable<FinishedCall['latency']>['response_ms']>;
export type CallBack = AnswerOf<typeof CALLBACKS.change>;

export type CallFigures = AnswerOf<typeof ANALYTICS.get>;
export type RedisFigures = AnswerOf<typeof REDIS.get>;
