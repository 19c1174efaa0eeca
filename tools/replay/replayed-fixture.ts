import type { InjectedFault } from '../../packages/twilio-simulator/src/fault-injector.js';
import { createLogger } from '../../src/core/logger.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { fixtureText } from '../recording/fixture-text.js';
import { parseCall, type Recording } from '../recording/recording.js';
import { ReplayedCall, type ReplayedGateway } from './replayed-call.js';
import { createReplayedLine, type ReplayedLine } from './replayed-line.js';
import { VirtualClock } from './virtual-clock.js';

/** What goes wrong in a replay: a message on the way, or the session store. */
export type ReplayFault = InjectedFault | 'redis-down';

export interface ReplayedFixture {
  /** What was recorded of the replay, in the form of a fixture. */
  readonly streams: readonly Recording[];
  readonly text: string;
  /** What went wrong between Twilio and the gateway, and errors that it logged; sentences. */
  readonly faults: readonly string[];
  /** Sessions stored and calls live after the end of the call. */
  readonly storedSessions: number;
  readonly liveCalls: number;
}

/** A replay of a call takes so much longer at most, in its own time. */
const LIMIT_MS = 15 * 60_000;
/** What is still to be written when a call is over is written by then. */
const SETTLED_MS = 5000;

/**
 * Plays a recorded call into a gateway in this process, on a virtual clock: while it runs, every clock and timer of the process is
 * that one. Rejects when the replay cannot go on.
 */
export async function replayCall(
  streams: readonly Recording[],
  voice: TextToSpeech,
  fault: ReplayFault | null = null,
): Promise<ReplayedFixture> {
  const began = new Date(streams[0]?.header.recorded_at ?? 0);
  let replayed: ReplayedLine | null = null;
  const clock = new VirtualClock(began, () => replayed?.voice.pending ?? null);
  try {
    const errors: string[] = [];
    const logger = createLogger({
      level: 'error',
      destination: { write: (line) => void errors.push(line.trim()) },
    });
    const house = createReplayedLine({ streams, voice, logger, storeIsDown: fault === 'redis-down' });
    replayed = house;
    const faults = await clock.run(play(house, streams, fault), limitOf(streams));
    return { ...resultOf(house, streams), faults: [...faults, ...errors] };
  } finally {
    await replayed?.close();
    clock.uninstall();
  }
}

async function play(
  house: ReplayedLine,
  streams: readonly Recording[],
  fault: ReplayFault | null,
): Promise<readonly string[]> {
  await house.prepare();
  const call = new ReplayedCall({
    streams,
    gateway: gatewayOf(house),
    fault: fault === 'redis-down' ? null : fault,
  });
  await call.run();
  await callIsOver(house, streams);
  return call.faults;
}

// Which number was called decides only what a person sees who is dialled.
const UNRECORDED = { canBeShown: true, called: null, mayNameAnother: false } as const;

function gatewayOf({ line }: ReplayedLine): ReplayedGateway {
  return {
    voice: (form) => line.incoming({ ...form, ...UNRECORDED }),
    next: (form, hop) => line.streamEnded({ ...form, ...UNRECORDED }, hop),
    connect: (token, socket) => {
      const claims = line.invitations.redeem(token);
      if (typeof claims === 'string') return false;
      line.accept(socket, claims);
      return true;
    },
    release: () => void line.registry.releaseAll('the gateway stops'),
  };
}

/** The call has its row, or should have had it by now. */
async function callIsOver(house: ReplayedLine, streams: readonly Recording[]): Promise<void> {
  const callSid = streams[0]?.header.form?.CallSid ?? '';
  const window = Number(streams[0]?.header.settings?.RESUME_WINDOW_SECONDS ?? 60) * 1000;
  for (
    let waited = 0;
    waited <= window + SETTLED_MS && !house.line.registry.isFinished(callSid);
    waited += 1000
  )
    await passed(1000);
  await passed(SETTLED_MS);
}

function resultOf(house: ReplayedLine, then: readonly Recording[]) {
  const streams = house.recorder.streams.map((recording, n) => ({
    ...recording,
    header: { ...recording.header, voice: then[n]?.header.voice ?? 'kept', clock: 'virtual' as const },
  }));
  const text = fixtureText(streams);
  return {
    text,
    streams: text === '' ? [] : parseCall(text, 'The replay'),
    storedSessions: house.storedSessions(),
    liveCalls: house.line.registry.liveCount,
  };
}

function limitOf(streams: readonly Recording[]): number {
  return streams.reduce((sum, { lines }) => sum + (lines.at(-1)?.t ?? 0), LIMIT_MS);
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
