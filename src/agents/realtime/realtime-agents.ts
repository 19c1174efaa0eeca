import { withDeadline } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { Metrics } from '../../core/metrics.js';
import { normalizePhone } from '../../customers/phone-number.js';
import type { CallerDesk } from '../../desk/desk.js';
import type { Session } from '../../sessions/session.js';
import type { Sayable, Speak, SpokenPiece } from '../../twilio/spoken-piece.js';
import type { AgentFactory, CallControl } from '../agent.js';
import { bookedSentences } from '../booking-words.js';
import { confirmBooking } from '../confirmed-booking.js';
import { CUT_OFF, helloTo, welcome } from '../keypad/keypad-prompts.js';
import type { ShopFacts, SpokenShop } from '../shop-facts.js';
import { callerFacts, chosenTime, seedTurns } from './caller-facts.js';
import type { ModelRequest, ModelSession } from './model.js';
import { RealtimeAgent } from './realtime-agent.js';
import type { RealtimeAgentOptions } from './realtime-agent-options.js';
import { serviceWords } from './service-words.js';
import { judgeClaims } from './spoken-claims.js';
import { CallHandles } from './tools/call-handles.js';
import { CallTools } from './tools/call-tools.js';

/** A name that takes longer to find and to synthesise is left out of the greeting, and of what the model is told. */
const NAME_DEADLINE_MS = 1500;
const MINUTE_MS = 60_000;
const HOW_CAN_I_HELP = 'How can I help you?';

export interface RealtimeAgentsOptions {
  readonly deskOf: (control: CallControl) => CallerDesk;
  readonly openSession: (callSid: string) => ModelSession;
  /** Our own voice: at once when it is cached. */
  readonly speak: Speak;
  /** What the model's own voice has said before; null: it has not. */
  readonly inModelVoice: (text: string) => SpokenPiece | null;
  readonly shopOf: (callSid: string) => SpokenShop;
  /** No agent has begun on the stream of this call yet. */
  readonly isNewStream: (session: Session) => boolean;
  readonly transcribes: boolean;
  /** How long a call may talk with the model; null: as long as it lasts. */
  readonly maxMinutes: number | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

type OptionsOfCall = RealtimeAgentsOptions & SpokenShop;

/** What every caller hears first, and who is picked up again. */
export function greetingSentences(shop: ShopFacts): readonly string[] {
  return [welcome(shop), HOW_CAN_I_HELP, CUT_OFF];
}

/** Talking agents for the calls of one shop. */
export function realtimeAgents(options: RealtimeAgentsOptions): AgentFactory {
  const { shopOf, isNewStream } = options;
  return (control) => {
    const { data } = control.session;
    const ofCall = { ...options, ...shopOf(data.call_sid) };
    return new RealtimeAgent(agentOptions(ofCall, control, isNewStream(data)));
  };
}

function agentOptions(options: OptionsOfCall, control: CallControl, isBreak: boolean): RealtimeAgentOptions {
  const { deskOf, openSession, shop } = options;
  const desk = deskOf(control);
  const { call_sid, created_at } = control.session.data;
  const services = serviceWords(shop.services);
  const isBeingGreeted = () => !isBreak && isGreeting(control.session.data);
  return {
    ...options,
    control,
    openSession: () => openSession(call_sid),
    leftMs: Date.parse(created_at) + (options.maxMinutes ?? Infinity) * MINUTE_MS - Date.now(),
    makeTools: (callerTurns) => new CallTools({ ...options, control, desk, callerTurns }),
    greeting: (resumed) => (resumed ? resumption(options, isBreak) : greeting(options, desk)),
    isBeingGreeted: isBeingGreeted(),
    seed: (goesOn) => seed(options, control, desk, goesOn && !isBeingGreeted()),
    judge: (words, written) =>
      judgeClaims(words, {
        written,
        known: new CallHandles(control.session).appointments,
        isCallbackNoted: control.session.data.collected_data.callback_requested === true,
        services,
        zone: shop.timezone,
        now: new Date(),
      }),
    booked: bookedBefore(control.session.data, options),
    onConfirmed: (id) => confirmBooking(id, control, { desk, logger: options.logger }),
    canTransfer: shop.canTransfer,
  };
}

/** Something is being said, and it is the first: it is in the history when it was heard. */
function isGreeting({ conversation_history, speaking }: Session): boolean {
  return speaking && conversation_history.length === 0;
}

/** What the call has booked before this agent had it. */
function bookedBefore(session: Session, options: OptionsOfCall): RealtimeAgentOptions['booked'] {
  const { service_type, appointment_id: id, appointment_confirmed } = session.collected_data;
  const date = chosenTime(session, options.shop.timezone);
  if (typeof id !== 'number' || service_type === undefined || date === null) return null;
  const appointment = { id, service_type, date };
  const sentence = bookedSentences(options, appointment).join(' ');
  return { effect: { kind: 'booked', appointment, sentence }, isConfirmed: appointment_confirmed === true };
}

// All in one voice: a name that the model's voice has not said is left to the model.
function greeting({ shop, speak, inModelVoice }: OptionsOfCall, desk: CallerDesk): readonly Sayable[] {
  const [first, second] = [inModelVoice(welcome(shop)), inModelVoice(HOW_CAN_I_HELP)];
  const sayName = first && second ? inModelVoice : speak;
  const hello = nameOf(desk).then((name) => (name === null ? null : sayName(helloTo(name))));
  const inTime = withDeadline(hello, NAME_DEADLINE_MS, 'Greeting the caller by name').catch(() => null);
  return first && second ? [first, inTime, second] : [speak(welcome(shop)), inTime, speak(HOW_CAN_I_HELP, 2)];
}

function resumption({ speak, inModelVoice }: RealtimeAgentsOptions, isBreak: boolean): readonly Sayable[] {
  return isBreak ? [inModelVoice(CUT_OFF) ?? speak(CUT_OFF)] : [];
}

async function seed(
  { shop, sayTime }: OptionsOfCall,
  control: CallControl,
  desk: CallerDesk,
  goesOn: boolean,
): Promise<readonly ModelRequest[]> {
  const isVerified = withDeadline(desk.isVerified(), NAME_DEADLINE_MS, 'Finding the customer');
  const known = await Promise.all([nameOf(desk), isVerified.catch(() => false)]);
  const session = control.session.data;
  const text = callerFacts({
    session,
    shop,
    sayTime,
    now: new Date(),
    firstName: known[0],
    isVerified: known[1],
    canCallBack: normalizePhone(control.caller.phone) !== null,
  });
  const facts: ModelRequest = { type: 'add_text', role: 'system', text };
  return goesOn ? [facts, ...seedTurns(session)] : [facts, greetingNow(shop)];
}

/** A server that takes something for a turn meanwhile answers at once. */
function greetingNow(shop: ShopFacts): ModelRequest {
  const words = JSON.stringify(`${welcome(shop)} ${HOW_CAN_I_HELP}`);
  return {
    type: 'add_text',
    role: 'system',
    text: `The caller is being greeted now: ${words}. Do not greet them again.`,
  };
}

function nameOf(desk: CallerDesk): Promise<string | null> {
  return withDeadline(desk.firstName(), NAME_DEADLINE_MS, 'Finding the name').catch(() => null);
}
