import { z } from 'zod';
import type { Session } from '../sessions/session.js';
import { restoreSession } from '../sessions/stored-session.js';

const callSid = z.string();
const stream = { callSid, hop: z.number() };
const id = z.number();

const SessionOfSibling = z
  .looseObject({ call_sid: callSid, last_updated: z.string() })
  .transform(
    (data): Session => ({ ...restoreSession(data.call_sid, data), last_updated: data.last_updated }),
  );

const Event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('session'), session: SessionOfSibling }),
  z.object({ type: z.literal('ended'), callSid }),
]);

const Form = z.object({
  callSid,
  from: z.string(),
  callStatus: z.string(),
  attestation: z.string().nullable(),
  dialStatus: z.string().nullable(),
  canBeShown: z.boolean(),
  called: z.string().nullable(),
  mayNameAnother: z.boolean(),
});

/** What a worker asks: its siblings' live calls, all figures, what follows a stream, or to end a call. */
const Question = z.discriminatedUnion('about', [
  z.object({ about: z.literal('live') }),
  z.object({ about: z.literal('figures') }),
  z.object({ about: z.literal('next'), form: Form, hop: z.number() }),
  z.object({ about: z.literal('finish'), callSid }),
]);
export type Question = z.infer<typeof Question>;

const ToPrimary = z.discriminatedUnion('type', [
  /** It has begun, and hears; answered by `welcome`. */
  z.object({ type: z.literal('hello') }),
  /** It answers at this address. */
  z.object({ type: z.literal('listening'), url: z.string(), publicUrl: z.string() }),
  /** It cannot start, and why. */
  z.object({ type: z.literal('failed'), message: z.string() }),
  /** It was sent a signal. */
  z.object({ type: z.literal('signalled') }),
  /** A fault that nobody caught: it ends, another must take its place. */
  z.object({ type: z.literal('faulty') }),
  /** A question, of which the primary knows the answer or asks the others; answered by `answer`. */
  z.object({ type: z.literal('ask'), id, question: Question }),
  /** A place for a new call; answered by `answer`. */
  z.object({ type: z.literal('admit'), id, callSid }),
  /** What the primary asked by `question`. */
  z.object({ type: z.literal('told'), id, value: z.unknown() }),
  z.object({ type: z.literal('coming'), callSid }),
  z.object({ type: z.literal('notComing'), callSid }),
  z.object({ type: z.literal('started'), ...stream }),
  z.object({ type: z.literal('left'), callSid }),
  /** What it has counted, before it ends. */
  z.object({ type: z.literal('figures'), value: z.unknown() }),
  /** Somebody watches the calls there, or nobody any more. */
  z.object({ type: z.literal('watching'), on: z.boolean() }),
  /** A change of one of its calls; sent only while another watches. */
  z.object({ type: z.literal('event'), event: Event }),
]);
/** From a worker to the primary. */
export type ToPrimary = z.infer<typeof ToPrimary>;

const ToWorker = z.discriminatedUnion('type', [
  /** What the workers of this gateway share. */
  z.object({ type: z.literal('welcome'), tokenSecret: z.string() }),
  /** No new calls; `alone`: the siblings take them. */
  z.object({ type: z.literal('drain'), alone: z.boolean() }),
  z.object({ type: z.literal('shortenDrain') }),
  z.object({ type: z.literal('question'), id, question: Question }),
  z.object({ type: z.literal('answer'), id, value: z.unknown() }),
  z.object({ type: z.literal('started'), ...stream }),
  /** Whether another worker wants to know of every change. */
  z.object({ type: z.literal('relay'), on: z.boolean() }),
  z.object({ type: z.literal('event'), event: Event }),
]);
/** From the primary to a worker. */
export type ToWorker = z.infer<typeof ToWorker>;

/** Null: it is none of ours. */
export function parseToPrimary(message: unknown): ToPrimary | null {
  return ToPrimary.safeParse(message).data ?? null;
}

/** As above. */
export function parseToWorker(message: unknown): ToWorker | null {
  return ToWorker.safeParse(message).data ?? null;
}

/** The sessions that siblings have answered; what is none is left out. */
export function parseSessions(value: unknown): Session[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each) => SessionOfSibling.safeParse(each).data ?? []);
}

/** The figures that a process has answered; null when they are none. */
export function parseFigures(value: unknown): object[] | null {
  const figures = z.array(
    z.looseObject({ name: z.string(), type: z.string(), values: z.array(z.unknown()) }),
  );
  return figures.safeParse(value).data ?? null;
}
