import { setTimeout as pause } from 'node:timers/promises';
import type { TwilioCall, TwilioCallOptions } from '../../packages/twilio-simulator/src/twilio-call.js';
import type { CallbackReason } from '../../src/call-log/finished-call.js';
import type { Session } from '../../src/sessions/session.js';
import { bookByKeys } from './booking-caller.js';

export type Look = (callSid: string) => Promise<Session | null>;

/** One way in which a call can end, and whether its caller is on the list then. */
export interface CallerKind {
  readonly name: string;
  /** Null: served, or somebody who cannot be rung. */
  readonly expected: CallbackReason | null;
  readonly options?: TwilioCallOptions;
  /** Until the call has ended; throws when it does not go as it should. */
  readonly play: (call: TwilioCall, look: Look) => Promise<void>;
  /** The same number calls again, and books. */
  readonly servedLater?: boolean;
}

const LOOK_MS = 50;
const STATE_WITHIN_MS = 30_000;
/** So many streams a call has at most: the first, and three more. */
const STREAMS = 4;
const WRONG_DIGITS = '0000';

/** A stranger is asked for digits, which are nobody's, as often as may be, or not at all when too many have guessed; then the menu offers to call back. */
async function askToBeCalledBack(call: TwilioCall, look: Look): Promise<void> {
  await call.untilSpeaking();
  call.press('2');
  for (let tries = 1; tries <= 3; tries += 1) {
    // While the appointments are looked for, 0 is still the person.
    const { current_state } = await untilSession(
      call,
      look,
      ({ intent, speaking, vin_tries }) =>
        intent === 'list_appointments' && speaking && vin_tries >= tries - 1,
    );
    if (current_state === 'greeting') break;
    for (const digit of WRONG_DIGITS) call.press(digit);
    await untilSession(call, look, ({ vin_tries }) => vin_tries >= tries);
  }
  await untilSession(call, look, ({ current_state, speaking }) => current_state === 'greeting' && speaking);
  call.press('4');
  await untilSession(call, look, ({ collected_data }) => collected_data.callback_requested === true);
  await call.hangUp();
}

async function book(call: TwilioCall, look: Look, patient: boolean): Promise<void> {
  const problems = await bookByKeys(call, look, { thinkMs: 200, patient });
  if (problems.length > 0) throw new Error(problems.join('; '));
}

async function askForPerson(call: TwilioCall): Promise<void> {
  await call.untilSpeaking();
  call.press('0');
  await call.untilEnded();
}

async function breakStreams(call: TwilioCall): Promise<void> {
  for (let streams = 0; streams < STREAMS; streams += 1) {
    await call.untilSpeaking();
    call.dropSocket();
    await pause(LOOK_MS);
  }
  await call.untilEnded();
}

async function leaveWhileChoosing(call: TwilioCall, look: Look): Promise<void> {
  await call.untilSpeaking();
  call.press('1');
  await untilSession(call, look, ({ intent, speaking }) => intent === 'book_appointment' && speaking);
  await call.hangUp();
}

/** Every ending, each as often as the next. */
export const CALLER_KINDS: readonly CallerKind[] = [
  { name: 'hangs up at the greeting', expected: null, play: hangUpAtOnce },
  {
    name: 'hears the hours and hangs up',
    expected: null,
    play: async (call, look) => {
      await call.untilSpeaking();
      call.press('3');
      await untilSession(call, look, ({ intent, speaking }) => intent === 'shop_info' && speaking);
      await call.hangUp();
    },
  },
  { name: 'books and hears so', expected: null, play: (call, look) => book(call, look, true) },
  {
    name: 'hangs up before the booking is read to the end',
    expected: 'unconfirmed_booking',
    play: (call, look) => book(call, look, false),
  },
  { name: 'hangs up while choosing', expected: 'dropped_off', play: leaveWhileChoosing },
  {
    name: 'hangs up while choosing, and shows no number',
    expected: null,
    options: { from: 'anonymous', stir: null },
    play: leaveWhileChoosing,
  },
  {
    name: 'hangs up while choosing, calls again and books',
    expected: null,
    play: leaveWhileChoosing,
    servedLater: true,
  },
  { name: 'asks to be called back', expected: 'requested', play: askToBeCalledBack },
  { name: 'wants a person, who answers', expected: null, play: askForPerson },
  ...(['busy', 'no-answer', 'failed'] as const).map((dialResult) => ({
    name: `wants a person: ${dialResult}`,
    expected: 'no_person_answered' as const,
    options: { dialResult },
    play: askForPerson,
  })),
  { name: 'loses the stream too often, a person answers', expected: null, play: breakStreams },
  {
    name: 'loses the stream too often, nobody answers',
    expected: 'no_person_answered',
    options: { dialResult: 'no-answer' },
    play: breakStreams,
  },
];

async function hangUpAtOnce(call: TwilioCall): Promise<void> {
  await call.untilSpeaking();
  await call.hangUp();
}

async function untilSession(
  call: TwilioCall,
  look: Look,
  fits: (session: Session) => boolean,
): Promise<Session> {
  const deadline = performance.now() + STATE_WITHIN_MS;
  while (performance.now() < deadline) {
    const session = await look(call.callSid);
    if (session && fits(session)) return session;
    if (call.state === 'ended') throw new Error('The call has ended before its caller was through.');
    await pause(LOOK_MS);
  }
  throw new Error('The menu did not come to where its caller waits for it.');
}
