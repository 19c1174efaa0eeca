import { setTimeout as later } from 'node:timers/promises';
import type { Action, Opening } from '../../packages/realtime-simulator/src/script/script.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { between, oneOf, type Random } from '../bench/noise-random.js';
import { BookingWatch, type Moment } from './booking-watch.js';
import type { TalkingRig } from './talking-rig.js';

/** What a fault is made on. */
export interface FaultScene {
  readonly rig: TalkingRig;
  readonly call: TwilioCall;
  readonly random: Random;
  /** The fault does not go away with the session that it hit. */
  readonly isLasting: boolean;
  /** Aborted when the call is over. */
  readonly over: AbortSignal;
}

export interface TalkingFault {
  readonly name: string;
  readonly needs?: 'redis' | 'twoGateways';
  /** It always goes away. */
  readonly passes?: boolean;
  /** Made at a random moment of the call. */
  make(scene: FaultScene): Promise<void> | void;
}

const LOOK_MS = 20;
const GARBAGE = 6;
const AGAIN_MS = 4000;
/** Longer than everybody waits for it. */
const DATABASE_GONE_MS = 9000;

/** Whatever the session does. */
const breaks = (name: string, action: Action, times = 1): TalkingFault => ({
  name,
  make: (scene) => breakSessions(scene, action, times),
});

/** The connection is lost, and the next begins so, or all do. */
const opens = (name: string, opening: Opening): TalkingFault => ({
  name,
  make: ({ rig, isLasting }) => {
    rig.openWith(opening, isLasting ? Number.POSITIVE_INFINITY : 1);
    rig.sessions.at(-1)?.break({ drop: true });
  },
});

/** Every response from now on, or the next. */
const answers = (name: string, actions: readonly Action[], passes = false): TalkingFault => ({
  name,
  passes,
  make: ({ rig, isLasting }) => rig.break([{ do: actions, ...(isLasting ? {} : { times: 1 }) }]),
});

/** The database does so from a random step of the booking on, for some seconds or to the end of the call. */
const booking = (name: string, act: (rig: TalkingRig) => void): TalkingFault => ({
  name,
  make: async ({ rig, random, isLasting, over }) => {
    const { database } = rig;
    if (!database) throw new Error('The rig has no database.');
    const moment = oneOf<Moment>(random, ['begin', 'insert', 'commit', 'answer']);
    const forMs = isLasting ? DATABASE_GONE_MS : between(random, 500, DATABASE_GONE_MS);
    const happened = new Promise<void>((settle) => {
      const watch = (seen: Moment) => {
        if (seen !== moment) return;
        act(rig);
        settle();
      };
      new BookingWatch(database, watch);
      over.addEventListener('abort', () => settle());
    });
    await happened;
    await pause(forMs, over);
    database.onChunk = undefined;
    database.goOn();
  },
});

const MODEL_FAULTS: readonly TalkingFault[] = [
  {
    name: 'the model cannot be reached',
    // Nobody listens any more.
    make: ({ rig }) => rig.model.close(),
  },
  opens('the model never answers the upgrade', { hang: true }),
  opens('the model refuses with 401', { refuse: 401 }),
  opens('the model refuses with 429', { refuse: 429 }),
  opens('the model refuses with 500', { refuse: 500 }),
  opens('the model takes 5 s for a session', { createdAfterMs: 5000 }),
  breaks('the model closes with 1000', { close: 1000 }),
  breaks('the model closes with 1001', { close: 1001 }),
  breaks('the model closes with 1011', { close: 1011 }),
  breaks('the connection is dropped', { drop: true }),
  breaks('the model goes mute', { mute: true }),
  breaks('the model sends garbage', { garbage: '{"type":' }, GARBAGE),
  breaks('an unknown event and an empty one', { send: { type: '' } }),
  breaks('the credit is used up, as an error', { error: { code: 'insufficient_quota' } }),
  breaks('the session is too old', { expire: true }),
  {
    name: 'the next session speaks another format',
    make: ({ rig }) => {
      rig.break([{ when: { on: 'update' }, do: [{ format: 'audio/pcm' }] }]);
      rig.sessions.at(-1)?.break({ drop: true });
    },
  },
  answers('the credit is used up, in a response', [{ fail: { code: 'insufficient_quota' } }]),
  answers('responses fail', [{ fail: { code: 'server_error' } }]),
  answers('too many requests', [{ fail: { code: 'rate_limit_exceeded' } }]),
  answers('responses break off in mid-sentence', [
    { say: 'Let me have a look at the times that we have', chunkMs: 100, everyMs: 60 },
    { fail: { code: 'server_error' } },
  ]),
  answers('answers in text', [{ text: 'What can I do for you?' }], true),
  answers('empty responses', [{ wait: 50 }]),
  answers('answers that take 5 s', [{ wait: 5000 }, { say: 'What can I do for you?' }], true),
];

const HOUSE_FAULTS: readonly TalkingFault[] = [
  {
    name: 'the database stands still, functions hang',
    make: async ({ rig, over, random, isLasting }) => {
      rig.database?.stop();
      await pause(isLasting ? DATABASE_GONE_MS : between(random, 500, DATABASE_GONE_MS), over);
      rig.database?.goOn();
    },
  },
  booking('the database stands still during a booking', ({ database }) => database?.stop()),
  booking('the database resets a booking', ({ database }) => database?.reset()),
  {
    name: 'Redis stands still',
    needs: 'redis',
    make: async ({ rig, over }) => {
      rig.redis?.pause();
      await untilAborted(over);
      rig.redis?.resume();
    },
  },
  {
    name: 'the call is handed to another gateway',
    needs: 'twoGateways',
    make: async ({ rig, call }) => {
      const other = rig.gateways.at(-1);
      if (other) rig.twilio.routeTo(other.url);
      call.dropSocket();
    },
  },
];

export const TALKING_FAULTS: readonly TalkingFault[] = [...MODEL_FAULTS, ...HOUSE_FAULTS];

/** The session of the call, and if the fault is lasting each that takes its place. */
async function breakSessions(
  { rig, random, isLasting, over }: FaultScene,
  action: Action,
  times: number,
): Promise<void> {
  let broken = rig.sessions.at(-1);
  for (let n = 0; n < times; n += 1) broken?.break(action);
  while (isLasting && !over.aborted) {
    const session = rig.sessions.at(-1);
    if (session && session !== broken) {
      broken = session;
      await pause(between(random, 0, AGAIN_MS), over);
      for (let n = 0; n < times; n += 1) session.break(action);
    }
    await pause(LOOK_MS, over);
  }
}

/** Settles sooner when the call is over. */
async function pause(ms: number, over: AbortSignal): Promise<void> {
  await later(ms, undefined, { signal: over }).catch(() => undefined);
}

function untilAborted(over: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    if (over.aborted) settle();
    over.addEventListener('abort', () => settle(), { once: true });
  });
}
