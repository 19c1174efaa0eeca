import { summaryOf } from '../../packages/twilio-simulator/src/call-command/call-summary.js';
import {
  type CallerStep,
  type CallerStepsOptions,
  takeSteps,
} from '../../packages/twilio-simulator/src/call-command/caller-steps.js';
import type { CallRecord } from '../../packages/twilio-simulator/src/call-record.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { summarize } from '../../src/core/errors.js';
import type { CallApi } from './call-api.js';
import type { CalledGateway } from './call-gateway.js';
import type { CallCommand } from './call-options.js';
import type { CallOutput, GatewayCallSummary } from './call-output.js';
import { LiveFeed } from './live-feed.js';
import type { LiveSessionView } from './live-session-view.js';
import type { ScriptedModel } from './scripted-model.js';
import { dtmf } from './touch-tones.js';

export interface PlayedCallOptions {
  readonly command: CallCommand;
  readonly gateway: CalledGateway;
  readonly authToken: string | undefined;
  readonly adminToken: string | undefined;
  /** What the caller says from the beginning; `null`: nothing. */
  readonly wav: Buffer | null;
  /** What the caller does then, each when it is their turn. */
  readonly steps: readonly CallerStep[];
  /** The caller's phrases. */
  readonly voice: (words: string) => Buffer;
  readonly output: CallOutput;
  /** `null`: the gateway's own agent answers, whatever it is. */
  readonly model: ScriptedModel | null;
  readonly api: CallApi;
  /** Called as soon as the call rings: for a keyboard, a signal handler. */
  readonly onRinging: (call: TwilioCall) => void;
}

const KEY_MS = 100;

export interface PlayedCall {
  readonly record: CallRecord;
  readonly summary: GatewayCallSummary;
}

/** Plays one call from the first ring to its summary; it is shown in `output` as it goes. */
export async function playCall(options: PlayedCallOptions): Promise<PlayedCall> {
  const { command, gateway, authToken, adminToken, wav, output } = options;
  const twilio = new TwilioSimulator({
    gatewayUrl: gateway.url,
    publicUrl: gateway.publicUrl,
    ...(authToken ? { authToken } : {}),
  });
  const feed = new LiveFeed({ gatewayUrl: gateway.url, ...(adminToken ? { adminToken } : {}) });
  const blind = await feed.open().then(
    () => null,
    (error: unknown) => `${summarize(error).message}: the agent's words cannot be shown`,
  );
  if (blind) output.note(blind);
  const call = twilio.call({
    from: command.from,
    stir: command.stir,
    patienceMs: Number.POSITIVE_INFINITY,
    keyTone: (digit) => dtmf(digit, KEY_MS),
  });
  const seen = watch(call, feed, output);
  if (wav) call.setVoice(wav);
  options.onRinging(call);
  options.model?.watch((step) => output.model(step, seen.nowMs()));
  void takeSteps(
    call,
    callerOf(options, () => asksToWait(seen.last())),
  );
  const record = await call.untilEnded();
  await feed.close();
  return { record, summary: await summarise(options, record, feed.statesOf(record.callSid), seen.last()) };
}

function callerOf({ steps, voice, model }: PlayedCallOptions, asksToWait: () => boolean): CallerStepsOptions {
  return {
    steps,
    voice,
    asksToWait: () => asksToWait() || model?.isBusy === true,
    onSay: (words) => model?.callerSays(words),
  };
}

function watch(call: TwilioCall, feed: LiveFeed, output: CallOutput) {
  let last: LiveSessionView | null = null;
  let rangAt = performance.now();
  call.onEvent((event) => {
    // A session is shown in the call's own time, as its events are.
    rangAt = performance.now() - event.at;
    output.event(event);
  });
  feed.watch({
    onSession: (session) => {
      if (session.callSid !== call.callSid) return;
      last = session;
      output.session(session, performance.now() - rangAt);
    },
    onEnded: () => {},
  });
  return { last: (): LiveSessionView | null => last, nowMs: () => performance.now() - rangAt };
}

// "One moment, please" asks for nothing: a caller would wait for what comes next.
function asksToWait(session: LiveSessionView | null): boolean {
  const last = session?.history.at(-1);
  return (
    last?.role === 'assistant' && /\b(one moment|please wait|let me (check|look|see))\b/i.test(last.content)
  );
}

async function summarise(
  { command, api, model }: PlayedCallOptions,
  record: CallRecord,
  states: readonly string[],
  last: LiveSessionView | null,
): Promise<GatewayCallSummary> {
  const answered = record.of('stream-started').length > 0;
  const logged = answered ? await api.loggedCall(record.callSid) : null;
  const time = last?.collected.appointment_time;
  const booked = typeof time === 'string' ? await api.appointment(command.from, time) : null;
  return {
    ...summaryOf(record, command.record),
    states,
    booked: typeof booked === 'string' ? null : booked,
    logged: typeof logged === 'string' ? null : logged,
    modelBreaches: model?.breaches ?? null,
    apiProblems: [logged, booked].filter((problem) => typeof problem === 'string'),
  };
}
