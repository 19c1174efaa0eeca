import { toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import type { ModelSession } from '../../packages/realtime-simulator/src/model/model-session.js';
import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import { CUT_OFF } from '../../src/agents/keypad/keypad-prompts.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { createServerDatabase } from '../../test/support/test-database.js';
import { withVoice } from '../../tools/call/scripted-model.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import { BookLook, type Told } from './bookings-told.js';
import { silenceOf } from './call-fate.js';
import { redisAt, startInShop, storedSession, testDatabaseUrl, twilioFor } from './shared-shop.js';
import { type CallerHouse, TalkingCaller, WANTS } from './talking-caller.js';
import { BOOKING_SCRIPT } from './talking-calls.js';
import { SharedVoice } from './talking-rig.js';

const ROUNDS = 5;
const SILENCE_MS = 2500;
const SLACK_MS = 250;
/** The agent has begun its sentence. */
const MID_SENTENCE_MS = 600;
const VOICE_WITHIN_MS = 30_000;
const PATIENCE_MS = 60_000;
const SEEDED_TURNS = 6;
/** Long enough to be in no other sound. */
const CHUNK_BYTES = 1600;

export const topic: Drill = {
  title: `A gateway is killed in mid-sentence of a talking call, ${ROUNDS} times; another one goes on`,
  async drill() {
    const [server, database] = [await RedisServer.start(), await createServerDatabase(testDatabaseUrl())];
    const voice = new SharedVoice();
    const model = new RealtimeSimulator({
      script: withVoice(BOOKING_SCRIPT),
      // What is made in the model's voice is known by its sound.
      speak: (text) => (text === CUT_OFF ? toneVoice(text) : voice.synthesize(text)),
    });
    const settings = { AGENT: 'realtime', REALTIME_URL: await model.listen(), OPENAI_API_KEY: 'scripted' };
    const redis = redisAt(server.url);
    const look = (callSid: string) => storedSession(redis, callSid);
    const stores = { REDIS_URL: server.url, DATABASE_URL: database.url };
    const start = () => startInShop(stores, settings, { onOutput: () => undefined });
    const heir = await start();
    try {
      const rounds: Round[] = [];
      for (let n = 0; n < ROUNDS; n += 1)
        rounds.push(await round({ model, voice, look }, await start(), heir, n));
      return await BookLook.of(database.url, (book) => rowsOf(rounds, book));
    } finally {
      redis.disconnect();
      await heir.kill();
      await model.close();
      await voice.end();
      await server.stop();
      await database.drop();
    }
  },
};

/** One killed gateway. */
interface Round {
  readonly record: CallRecord;
  /** What the new session of the model was told before it was asked to speak. */
  readonly seed: readonly SeededItem[];
  /** The turns that the killed gateway had stored. */
  readonly turns: readonly string[];
  readonly breaches: readonly string[];
}

interface SeededItem {
  readonly role: string;
  readonly text: string;
}

async function round(
  house: CallerHouse,
  doomed: GatewayProcess,
  heir: GatewayProcess,
  n: number,
): Promise<Round> {
  await voiceMade(house.model);
  const twilio = twilioFor(doomed);
  const call = twilio.call({ from: `+1512830000${n}`, patienceMs: PATIENCE_MS });
  const caller = new TalkingCaller(house, call);
  await call.untilSpoken(300);
  await caller.say(WANTS);
  await call.untilSpeakingFor(MID_SENTENCE_MS);
  const before = await house.look(call.callSid);
  const known = house.model.sessions.length;
  twilio.routeTo(heir.url);
  await doomed.kill();
  await caller.book();
  await twilio.close();
  const heard = house.model.sessions.slice(known).find(hearsCaller);
  return {
    record: call.record,
    seed: heard ? seedOf(heard) : [],
    turns: before?.conversation_history.map(({ content }) => content) ?? [],
    breaches: house.model.breaches.map(({ message }) => message),
  };
}

/** The prompts of every gateway that has started are there, or are not going to be. */
async function voiceMade({ sessions }: Pick<RealtimeSimulator, 'sessions'>): Promise<void> {
  const deadline = performance.now() + VOICE_WITHIN_MS;
  const isMade = () =>
    sessions.some(({ events }) =>
      events.some(({ type, event }) => type.endsWith('transcript.done') && event.transcript === CUT_OFF),
    );
  while (!isMade() && performance.now() < deadline) await new Promise((settle) => setTimeout(settle, 100));
}

function hearsCaller({ events }: ModelSession): boolean {
  return events.some(({ type }) => type === 'input_audio_buffer.append');
}

function seedOf({ events }: ModelSession): SeededItem[] {
  const asked = events.findIndex(({ type }) => type === 'response.create');
  return events.slice(0, asked).flatMap(({ type, event }) => {
    if (type !== 'conversation.item.create') return [];
    const { item } = event;
    const text = JSON.stringify(item);
    return [{ role: /"role":"(\w+)"/.exec(text)?.[1] ?? '', text: /"text":"(.*?)"\}/.exec(text)?.[1] ?? '' }];
  });
}

async function rowsOf(rounds: readonly Round[], book: BookLook): Promise<DrillRow[]> {
  const sids = rounds.map(({ record }) => record.callSid);
  const told = await book.told(sids);
  const turns = await book.turns(sids);
  const said = turns.map((all) =>
    all.filter(({ role }) => role === 'assistant').map(({ content }) => content),
  );
  const fault = 'kill -9 in mid-sentence';
  const row = (required: string, seen: string, held: boolean) => ({ fault, required, seen, held });
  const silences = rounds.map(({ record }) => silenceOf({ record }).silenceMs ?? Number.POSITIVE_INFINITY);
  const seeded = rounds.filter(isSeeded).length;
  const inVoice = rounds.filter(({ record }) => record.heardAudio().includes(chunkOf(CUT_OFF))).length;
  const once = said.filter((sentences) => isOnce(sentences)).length;
  const booked = told.filter(({ rows, heardBooked }: Told) => rows === 1 && heardBooked).length;
  const breaches = rounds.flatMap((each) => each.breaches);
  return [
    row(
      `words within ${SILENCE_MS} ms`,
      `after ${Math.max(...silences).toFixed(0)} ms at most`,
      Math.max(...silences) <= SILENCE_MS + SLACK_MS,
    ),
    row(
      `the new session knows the facts, the last ${SEEDED_TURNS} turns and that the caller was cut off`,
      `${seeded} of ${ROUNDS}`,
      seeded === ROUNDS,
    ),
    row(`"${CUT_OFF}" in the model's voice`, `${inVoice} of ${ROUNDS}`, inVoice === ROUNDS),
    row('no sentence of the shop is said twice', `${once} of ${ROUNDS}`, once === ROUNDS),
    row('booked once, and heard to be', `${booked} of ${ROUNDS}`, booked === ROUNDS),
    row('no breach of the protocol', [`${breaches.length}`, ...breaches].join('; '), breaches.length === 0),
  ];
}

function isSeeded({ seed, turns }: Round): boolean {
  const [facts, ...rest] = seed;
  const texts = rest.map(({ text }) => text);
  const areThere = turns.slice(-SEEDED_TURNS).every((turn) => texts.some((text) => text.includes(turn)));
  return (
    facts?.role === 'system' &&
    facts.text.startsWith('Facts of this call') &&
    turns.includes(WANTS) &&
    areThere &&
    texts.includes(CUT_OFF)
  );
}

/** Those that no model is the author of. */
function isOnce(sentences: readonly string[]): boolean {
  const all = sentences.join(' ');
  return [/Thank you for calling/g, /we were cut off/g, / is booked\./g].every(
    (words) => (all.match(words) ?? []).length === 1,
  );
}

/** From the middle of its sound. */
function chunkOf(text: string): Buffer {
  const audio = Buffer.from(toneVoice(text));
  return audio.subarray(800, 800 + CHUNK_BYTES);
}
