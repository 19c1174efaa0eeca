import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { DrillRow } from '../drill-topic.js';
import { silenceOf } from './call-fate.js';
import { callFrom, type SharedStores, startInShop, twilioFor } from './shared-shop.js';

const CALLS = 10;
const NEW_CALLS = 5;
const EXIT_WITHIN_MS = 2000;
const AUDIO_WITHIN_MS = 3000;
const SHORTENED_DRAIN_MS = 10_000;
const PERSON = '+15125550190';

/** A drain that has time: who is on the line talks on, who calls is answered, who was just answered comes in. */
export async function drainWithTime(stores: SharedStores): Promise<DrillRow[]> {
  const fault = `SIGTERM, ${CALLS} calls, 60 s to finish`;
  const settings = { DRAIN_TIMEOUT_SECONDS: '60', TRANSFER_NUMBER: PERSON };
  const [old, other] = [await startInShop(stores, settings), await startInShop(stores, settings)];
  const twilio = twilioFor(old);
  const calls = callFrom(twilio, 6_100_000, CALLS).map(({ call }) => call);
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  const justAnswered = callFrom(twilio, 6_100_100, NEW_CALLS).map(({ call }) => call);
  await Promise.all(justAnswered.map((call) => call.untilEvent('the TwiML', ({ kind }) => kind === 'twiml')));
  const exited = old.stop().then((code) => ({ code, at: performance.now() }));
  await Promise.all(justAnswered.map((call) => call.untilEvent('words', isWords)));
  const [streams, words] = [justAnswered.filter(hasStream).length, justAnswered.filter(hasWords).length];
  const late = callFrom(twilio, 6_100_200, NEW_CALLS).map(({ call }) => call);
  const lateEnds = await Promise.all(late.map((call) => call.untilEnded()));
  const polite = lateEnds.filter(
    (record) => record.outcome?.kind === 'dial' && record.said.length > 0,
  ).length;
  const broken = await breakAndResume(calls);
  const strays = await Promise.all([0, 1, 2].map((n) => stray(other.url, old.url, 6_100_300 + n)));
  const refused = strays.filter((errors) => errors.includes(31920)).length;
  for (const call of [...calls, ...justAnswered]) {
    await pause(100);
    await call.hangUp();
  }
  const lastEndedAt = performance.now();
  const { code, at } = await exited;
  await twilio.close();
  await other.kill();
  const row = (required: string, seen: string, held: boolean) => ({ fault, required, seen, held });
  return [
    row(
      'who was answered just before comes in',
      `${streams} streams, ${words} told otherwise, of ${NEW_CALLS}`,
      streams === NEW_CALLS,
    ),
    row('who calls hears words and is put through', `${polite} of ${NEW_CALLS}`, polite === NEW_CALLS),
    row('a stream that breaks is taken up again', broken, broken === 'it was'),
    row(
      'a stream that another gateway has invited is refused with 503, and comes in there',
      `${refused} of ${strays.length} refused, all heard`,
      refused === strays.length,
    ),
    row(
      `exit 0 within ${EXIT_WITHIN_MS} ms of the last call's end`,
      `exit ${code} after ${(at - lastEndedAt).toFixed(0)} ms`,
      code === 0 && at - lastEndedAt <= EXIT_WITHIN_MS,
    ),
  ];
}

/** A second SIGTERM does not wait for the calls any longer: what is left goes on elsewhere. */
export async function secondSignal(stores: SharedStores): Promise<DrillRow> {
  const [old, next] = [await startInShop(stores), await startInShop(stores)];
  const twilio = twilioFor(old);
  const calls = callFrom(twilio, 6_200_000, NEW_CALLS).map(({ call }) => call);
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  const exited = old.stop();
  await pause(500);
  const secondAt = performance.now();
  old.terminate();
  twilio.routeTo(next.url);
  const code = await exited;
  const ms = performance.now() - secondAt;
  await Promise.all(calls.map((call) => call.untilEvent('audio at the other gateway', isResumed(call))));
  const silence = Math.max(...calls.map((call) => silenceOf(call).silenceMs ?? Number.POSITIVE_INFINITY));
  await twilio.close();
  await next.kill();
  return {
    fault: `a second SIGTERM, ${NEW_CALLS} calls`,
    required: `exit 0 within ${(SHORTENED_DRAIN_MS + EXIT_WITHIN_MS) / 1000} s, all calls heard elsewhere within ${AUDIO_WITHIN_MS} ms`,
    seen: `exit ${code} after ${ms.toFixed(0)} ms, silence ${silence.toFixed(0)} ms at most`,
    held: code === 0 && ms <= SHORTENED_DRAIN_MS + EXIT_WITHIN_MS && silence <= AUDIO_WITHIN_MS,
  };
}

/** With the sessions in its process no other gateway can go on: the callers must not be left with nothing. */
export async function drainAlone({ DATABASE_URL }: SharedStores): Promise<DrillRow> {
  const gateway = await startInShop({ DATABASE_URL }, { DRAIN_TIMEOUT_SECONDS: '2' });
  const twilio = twilioFor(gateway);
  const calls = callFrom(twilio, 6_300_000, CALLS).map(({ call }) => call);
  await Promise.all(calls.map((call) => call.untilSpeaking()));
  const startedAt = performance.now();
  const code = await gateway.stop();
  const ms = performance.now() - startedAt;
  const records = await Promise.all(calls.map((call) => call.untilEnded()));
  const told = records.filter(({ said, outcome }) => said.length > 0 && outcome?.kind !== 'fault').length;
  return {
    fault: `SIGTERM, ${CALLS} calls, 2 s to finish, no other gateway`,
    required: 'each caller hears words before the end, exit 0 within 5 s',
    seen: `${told} of ${CALLS}, exit ${code} after ${ms.toFixed(0)} ms`,
    held: told === CALLS && code === 0 && ms <= 5000,
  };
}

/** A balancer sends a stream to the gateway that drains. Returns the errors of the streams by the time that the agent is heard. */
async function stray(invitesUrl: string, drainsUrl: string, number: number): Promise<(number | null)[]> {
  const twilio = twilioFor({ url: invitesUrl });
  const [{ call } = raise()] = callFrom(twilio, number, 1);
  const off = call.onEvent(({ kind }) => {
    if (kind === 'twiml' && call.record.documents.length === 1) twilio.routeTo(drainsUrl);
    if (kind === 'stream-ended') twilio.routeTo(invitesUrl);
  });
  await call.untilEvent('the agent', ({ kind }) => kind === 'agent-speaks');
  off();
  const errors = call.record.of('stream-ended').map(({ end }) => end.error);
  await twilio.close();
  return errors;
}

function raise(): never {
  throw new Error('no call was made');
}

async function breakAndResume([call]: readonly TwilioCall[]): Promise<string> {
  if (!call) return 'there was no call';
  call.dropSocket();
  return await call.untilEvent('audio after the break', isResumed(call)).then(
    () => 'it was',
    (error: Error) => error.message,
  );
}

const isWords = ({ kind }: { kind: string }) => kind === 'agent-speaks' || kind === 'say' || kind === 'dial';
const hasStream = ({ record }: TwilioCall) => record.of('agent-speaks').length > 0;
const hasWords = ({ record }: TwilioCall) => record.said.length > 0;

/** The agent speaks on the call's second stream. */
function isResumed({ record }: TwilioCall) {
  return ({ kind, at }: { kind: string; at: number }) => {
    const [, second] = record.of('stream-started');
    return kind === 'agent-speaks' && second !== undefined && at >= second.at;
  };
}
