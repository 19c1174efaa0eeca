import { readFile } from 'node:fs/promises';
import { DateTime } from 'luxon';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PROFILES, type ProfileName } from '../../../packages/realtime-simulator/src/profiles.js';
import { readScript } from '../../../packages/realtime-simulator/src/script/read-script.js';
import { ONE_MOMENT, STILL_WORKING } from '../../../src/agents/keypad/keypad-prompts.js';
import { decode } from '../../../src/audio/mulaw.js';
import type { Session } from '../../../src/sessions/session.js';
import { activeLevel, spectrumOf } from '../../support/audio-measures.js';
import { PROFILE_SETTINGS } from '../../support/model-session.js';
import { SharedVoice } from '../../support/shared-voice.js';
import { bookBySpeech, SPOKEN_BOOKING, type SpokenBooking } from '../../support/spoken-booking.js';
import { startTalkingGateway, type TalkingGateway } from '../../support/talking-gateway.js';
import { createServerDatabase } from '../../support/test-database.js';
import { shopIsReady } from '../../support/test-gateway.js';
import { connectTestRedis } from '../../support/test-redis.js';

const EXAMPLE = 'packages/realtime-simulator/examples/booking.yaml';
/** A customer with one vehicle and nothing to come: of the demo shop, or written into an empty database. */
const JAMES = '+15125550101';
const postgres = process.env.TEST_DATABASE_URL;

interface Setup {
  readonly profile: ProfileName;
  readonly store: 'in process' | 'in Redis';
  readonly database: 'PGlite' | 'PostgreSQL';
}

// Every server, and every pair of stores, with as few gateways as that takes: calls last as long as their words.
const SETUPS: readonly Setup[] = [
  { profile: 'openai', store: 'in process', database: 'PGlite' },
  { profile: 'azure', store: 'in Redis', database: 'PGlite' },
  { profile: 'xai', store: 'in process', database: postgres ? 'PostgreSQL' : 'PGlite' },
  { profile: 'huggingface', store: 'in Redis', database: postgres ? 'PostgreSQL' : 'PGlite' },
  { profile: 'localai', store: 'in Redis', database: 'PGlite' },
];

const ends: (() => Promise<void>)[] = [];
const whenFinished = (end: () => Promise<void>) => void ends.push(end);
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

interface Booked extends SpokenBooking {
  readonly gateway: TalkingGateway;
  /** What the model's server was given of the caller. */
  readonly given: Int16Array;
}
const calls = new Map<ProfileName, Promise<Booked>>();

beforeAll(() => {
  const voice = new SharedVoice();
  for (const setup of SETUPS) {
    const booked = place(setup, voice);
    booked.catch(() => undefined);
    calls.set(setup.profile, booked);
  }
});

async function place({ profile, store, database }: Setup, voice: SharedVoice): Promise<Booked> {
  const env: Record<string, string> = { ...PROFILE_SETTINGS[profile] };
  if (store === 'in Redis') env.REDIS_URL = inject('redisUrl');
  if (database === 'PostgreSQL' && postgres) {
    const own = await createServerDatabase(postgres);
    whenFinished(own.drop);
    env.DATABASE_URL = own.url;
  }
  const model = { script: SPOKEN_BOOKING, profile, keepAudio: true };
  const gateway = await startTalkingGateway(model, env, { voice, whenFinished });
  await shopIsReady(gateway);
  if (env.DATABASE_URL) {
    const customer = { phone_number: JAMES, first_name: 'James', last_name: 'Okafor' };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${gateway.url}/api/customers`, { method: 'POST', headers, body: JSON.stringify(customer) });
  }
  const redis = store === 'in Redis' ? connectTestRedis() : null;
  const inRedis = async (callSid: string) => {
    const json = await redis?.get(`session:${callSid}`);
    return json ? (JSON.parse(json) as Session) : null;
  };
  const booked = await bookBySpeech(gateway, JAMES, redis ? inRedis : gateway.live);
  redis?.disconnect();
  const { heard } = await gateway.model.session();
  const isPcm = env.REALTIME_AUDIO === 'pcm24000';
  return { ...booked, gateway, given: isPcm ? everyThird(heard) : decode(heard) };
}

/** 8 kHz of 24 kHz: for levels and bands far below 4 kHz. */
function everyThird(pcm: Buffer): Int16Array {
  return Int16Array.from({ length: Math.floor(pcm.length / 6) }, (_, at) => pcm.readInt16LE(at * 6));
}

const called = (profile: ProfileName) => {
  const booked = calls.get(profile);
  if (!booked) throw new Error(`No call with ${profile}`);
  return booked;
};

describe.each(SETUPS)(
  'a spoken call at a $profile server, its session $store, over $database',
  { timeout: 180_000 },
  ({ profile }) => {
    it('has a barge-in and two functions, breaks nothing of the protocol and ends as the agent said', async () => {
      const { call, gateway, log } = await called(profile);
      expect(gateway.model.breaches).toEqual([]);
      expect(call.record.outcome).toEqual({ kind: 'hangup' });
      expect(call.record.protocolErrors).toEqual([]);
      expect(call.record.clears).toHaveLength(1);
      expect(log).toMatchObject({ agent: 'realtime', outcome: 'booked', interruptions: 1 });
      expect(gateway.model.sessions).toHaveLength(1);
    });

    it('has the appointment in its session while the call goes on', async () => {
      const { call, session, appointments } = await called(profile);
      const [own] = appointments.filter(
        ({ caller_phone, status }) => caller_phone === JAMES && status === 'booked',
      );
      expect(session).toMatchObject({
        call_sid: call.callSid,
        caller_phone: JAMES,
        current_state: expect.stringMatching(/^(confirmation|completed)$/),
        intent: 'book_appointment',
        collected_data: {
          service_type: 'oil_change',
          appointment_time: own?.date,
          appointment_id: own?.id,
        },
      });
    });

    it('leaves one confirmed row, and none for a time that was only talked of', async () => {
      const { appointments } = await called(profile);
      const own = appointments.filter(
        ({ caller_phone, status }) => caller_phone === JAMES && status === 'booked',
      );
      expect(own).toMatchObject([{ service_type: 'oil_change' }]);
      expect(DateTime.fromISO(String(own[0]?.date), { setZone: true }).weekday).toBe(2);
    });

    it('leaves a transcript of what was said and heard, in its order', async () => {
      const { log } = await called(profile);
      // On a busy machine the caller is told to wait now and then.
      const turns = log.transcript
        .filter(({ content }) => content !== ONE_MOMENT && content !== STILL_WORKING)
        .map(({ role, content }) => `${role}: ${content}`);
      expect(turns.map((turn) => turn.split(':')[0])).toEqual([
        'assistant',
        'user',
        'assistant',
        'user',
        'function',
        'assistant',
        'user',
        'function',
        'assistant',
        'function',
      ]);
      expect(turns[0]).toMatch(/Hello, James\. How can I help you\?$/);
      expect(turns[2]).toMatch(/^assistant: Gladly\./);
      expect(turns[2]).not.toMatch(/as you like/);
      expect(turns.at(-2)).toMatch(/^assistant: Your oil change is booked\. .* Goodbye\.$/);
      const times = log.transcript.map(({ timestamp }) => timestamp);
      expect(times).toEqual([...times].sort());
      expect(log.usage?.audio_out).toBeGreaterThan(0);
      expect(log.latency?.model_ms?.count).toBeGreaterThan(0);
    });

    it('leaves no word of it and no number in the log', async () => {
      const { gateway } = await called(profile);
      expect(gateway.log.text()).not.toMatch(/oil change|Tuesday please|James|5125550101|of-nobody/);
    });
  },
);

describe('the sound of a call', { timeout: 180_000 }, () => {
  const bands = [
    [200, 700],
    [700, 1500],
    [1500, 2500],
    [2500, 3400],
  ] as const;
  const decibels = (samples: Int16Array) => {
    const share = spectrumOf(samples);
    const level = activeLevel(samples);
    return [level, ...bands.map(([from, to]) => level + 10 * Math.log10(share(from, to)))];
  };

  it.each(['huggingface', 'localai'] as const)(
    'is within 3 dB of a mu-law one in level and in each band, both ways, where the server is %s and takes PCM',
    async (profile) => {
      const [plain, pcm] = await Promise.all([called('openai'), called(profile)]);
      for (const side of [
        ({ call }: Booked) => decode(call.record.heardAudio()),
        ({ given }: Booked) => given,
      ]) {
        const [expected, measured] = [decibels(side(plain)), decibels(side(pcm))];
        const differences = expected.map((level, at) => Math.abs(level - (measured[at] ?? 0)));
        expect(Math.max(...differences)).toBeLessThan(3);
      }
    },
  );
});

describe('the published example of a booking', () => {
  it('is one that a gateway can be called with', async () => {
    const script = readScript(await readFile(EXAMPLE, 'utf8'), EXAMPLE);
    expect(script.caller).toHaveLength(3);
    expect(Object.keys(PROFILES)).toHaveLength(SETUPS.length);
  });
});
