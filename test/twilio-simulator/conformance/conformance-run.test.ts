import { describe, it } from 'vitest';
import {
  type ConformanceReport,
  runConformance,
} from '../../../packages/twilio-simulator/src/conformance/conformance-run.js';
import { coverageOf } from '../../../packages/twilio-simulator/src/conformance/coverage.js';
import { DirectTarget } from '../../../packages/twilio-simulator/src/conformance/direct-target.js';
import { LIMITS, type Limits } from '../../../packages/twilio-simulator/src/conformance/limits.js';
import { CALLS, type CallName } from '../../../packages/twilio-simulator/src/conformance/observation.js';
import { SharedTicker } from '../../../packages/twilio-simulator/src/ticker.js';
import { MediaServer } from '../../support/media-server.js';
import { type Fault, speechLike } from '../../support/served-call.js';

/** What a call does is over soon; what is waited for in vain only with a fault has the time it needs. */
const BRIEF: Limits = {
  ...LIMITS,
  listenAtLeastMs: 0,
  quietMs: 100,
  interruptAfterMs: 200,
  afterKeyMs: 100,
  afterSpeechMs: 500,
  afterAdditionsMs: 100,
  gapMs: 300,
};
/** For what a fault keeps from coming. */
const IN_VAIN: Limits = { ...BRIEF, firstAudioMs: 500, stopMs: 300, closeMs: 300, dropMs: 300, pongMs: 300 };

interface RunOptions {
  readonly calls?: readonly CallName[];
  readonly limits?: Limits;
  readonly keys?: readonly string[];
}

async function run(fault: Fault | null, options: RunOptions = {}): Promise<ConformanceReport> {
  const { calls = CALLS, limits = BRIEF, keys = [] } = options;
  const server = new MediaServer(fault);
  const target = new DirectTarget({ url: await server.listen(), headers: {}, parameters: {} });
  const report = await runConformance({
    target,
    ticker: new SharedTicker(),
    limits,
    skip: new Set(CALLS.filter((call) => !calls.includes(call))),
    from: '+15555550123',
    to: '+15555550100',
    callSid: null,
    keys,
    speech: speechLike(4000, 5),
    onCall: () => {},
  });
  await server.close();
  return report;
}

const rulesOf = ({ findings }: ConformanceReport) => findings.map(({ rule }) => rule.id);

// Calls in real time, which wait for most of it. A machine that stands still is a fault of its own.
describe('a run against a server', () => {
  it.concurrent('finds nothing wrong with a right one, and has tried everything', { retry: 2 }, async ({
    expect,
  }) => {
    const report = await run(null, { keys: ['9'] });
    expect(report.findings).toEqual([]);
    const { exercised, missing } = coverageOf(report.traces);
    expect(missing).toEqual([]);
    expect(exercised.join('\n')).toMatch(/10 streams opened, 3 of them at once/);
  });

  it.concurrent.for<[Fault, readonly string[], RunOptions]>([
    ['binary', ['binary-message'], { calls: ['first'] }],
    ['not-json', ['not-json'], { calls: ['first'] }],
    ['unknown-event', ['unknown-event'], { calls: ['first'] }],
    ['missing-payload', ['missing-field'], { calls: ['first'] }],
    ['extra-field', ['extra-field'], { calls: ['first'] }],
    ['snake-case-sid', ['extra-field', 'wrong-stream-sid'], { calls: ['first'] }],
    ['other-calls-sid', ['wrong-stream-sid'], { calls: ['first'] }],
    ['before-start', ['before-start'], { calls: ['first'] }],
    ['url-base64', ['bad-base64'], { calls: ['first'] }],
    ['wav-header', ['audio-with-header'], { calls: ['first'] }],
    ['linear-pcm', ['audio-likely-not-mulaw'], { calls: ['first'] }],
    ['ragged-chunks', ['audio-unaligned', 'audio-in-ragged-chunks'], { calls: ['first'] }],
    [
      'ten-minutes',
      ['buffer-over-ten-minutes'],
      { calls: ['first'], limits: { ...BRIEF, listenAtMostMs: 300 } },
    ],
    ['repeated-mark', ['mark-repeated-while-pending'], { calls: ['first'] }],
    ['empty-mark', ['empty-mark-name'], { calls: ['first'] }],
    ['speaks-on-after-clear', ['speech-goes-on-after-clear'], { calls: ['first', 'keys'] }],
    [
      'no-clear',
      ['key-does-not-interrupt'],
      { calls: ['first', 'keys'], limits: { ...BRIEF, listenAtMostMs: 300, afterKeyMs: 1600 } },
    ],
    ['closes-before-last-mark', ['goodbye-cut-off'], { calls: ['first', 'keys'], keys: ['9'] }],
    ['crashes-on-key', ['connection-dropped'], { calls: ['first', 'keys'] }],
    ['ignores-stop', ['stop-ignored'], { calls: ['first'], limits: IN_VAIN }],
    ['speaks-after-stop', ['media-after-stop'], { calls: ['first'] }],
    [
      'leaves-socket-open',
      ['close-unanswered', 'drop-unnoticed'],
      { calls: ['first', 'drop'], limits: IN_VAIN },
    ],
    ['second-call-dead', ['later-call-dead'], { calls: ['first', 'second'], limits: IN_VAIN }],
    [
      'one-call-at-a-time',
      ['later-call-dead'],
      { calls: ['first', 'steady', 'beside'], limits: { ...BRIEF, gapMs: 3000 } },
    ],
    ['dies-of-unknown-event', ['unknown-event-not-survived'], { calls: ['first', 'additions'] }],
    ['dies-of-extra-field', ['extra-fields-not-survived'], { calls: ['first', 'additions'] }],
    [
      'ends-in-silence',
      ['ended-in-silence'],
      { calls: ['first', 'steady', 'gap'], limits: { ...BRIEF, gapMs: 2000 } },
    ],
    ['no-pong', ['no-pong'], { calls: ['first'], limits: IN_VAIN }],
    ['subprotocol', ['handshake-refused'], {}],
    ['refuses', ['handshake-refused'], {}],
  ])('finds the fault planted in it: %s', { retry: 2 }, async ([fault, rules, options], { expect }) => {
    expect(new Set(rulesOf(await run(fault, options)))).toEqual(new Set(rules));
  });

  it.concurrent('does not go on when the first call comes to no stream', async ({ expect }) => {
    const { traces, findings } = await run('refuses');
    expect([...traces.keys()]).toEqual(['first']);
    expect(findings).toMatchObject([{ rule: { twilio: 31920, severity: 'error' }, call: 'first', count: 1 }]);
  });
});
