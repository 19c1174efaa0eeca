import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { silence } from '../../../packages/realtime-simulator/src/audio/tone-voice.js';
import {
  RealtimeSimulator,
  type RealtimeSimulatorOptions,
} from '../../../packages/realtime-simulator/src/realtime-simulator.js';
import { ModelSessions } from '../../../src/agents/realtime/model-sessions.js';
import { Metrics } from '../../../src/core/metrics.js';
import { type LogLine, logSink } from '../../support/log-sink.js';
import { KeptListener, pushAll, SETUP, settingsFor } from '../../support/model-session.js';
import { arrived } from '../../support/simulated-call.js';

async function setUp(options: RealtimeSimulatorOptions = {}, maxCalls = 10) {
  const model = new RealtimeSimulator(options);
  const url = await model.listen();
  const log = logSink('info');
  const metrics = new Metrics();
  const sessions = new ModelSessions({
    realtime: settingsFor('openai', url),
    setup: () => SETUP,
    maxCalls,
    metrics,
    logger: log.logger,
  });
  onTestFinished(async () => {
    sessions.close();
    await model.close();
  });
  const open = (callSid: string) => {
    const listener = new KeptListener();
    const session = sessions.open(callSid);
    session.listen(listener);
    return { session, listener };
  };
  return { model, sessions, log, metrics, open };
}

/** Timers stand still until they are told to go; the network goes on. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** `arrived` waits by timers of its own. */
async function turns(check: () => void | Promise<void>): Promise<void> {
  for (let turn = 0; ; turn++) {
    try {
      return await check();
    } catch (error) {
      if (turn > 5000) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('sessions ahead of their calls', () => {
  test('a call takes over the session that was prepared for it', async () => {
    const { model, sessions, metrics, open } = await setUp();
    sessions.prepare('CA1');
    sessions.prepare('CA1');
    await (await model.session()).until('session.updated');
    const { session, listener } = open('CA1');
    await listener.until('ready');
    expect(session.isReady).toBe(true);
    expect(model.sessions).toHaveLength(1);
    expect(await metrics.text()).toMatch(/bayline_model_connect_seconds_count 1/);
    session.close();
    await arrived(() => expect(sessions.live).toBe(0));
  });

  test('a call that was not announced has a session of its own', async () => {
    const { model, sessions, open } = await setUp();
    sessions.prepare('CA1');
    await open('CA2').listener.until('ready');
    await model.session(2);
    expect(sessions.live).toBe(2);
  });

  test('a call whose session broke meanwhile gets a new one', async () => {
    const { model, sessions, open } = await setUp();
    sessions.prepare('CA1');
    const first = await model.session();
    await first.until('session.updated');
    first.break({ close: 1011 });
    await arrived(() => expect(sessions.live).toBe(0));
    await open('CA1').listener.until('ready');
    expect(model.sessions).toHaveLength(2);
  });

  test('one that no stream takes within 15 s is closed', async () => {
    const { sessions, metrics } = await setUp();
    stopTimers();
    sessions.prepare('CA1');
    await turns(async () => expect(await metrics.text()).toMatch(/bayline_model_connect_seconds_count 1/));
    vi.advanceTimersByTime(14_999);
    expect(sessions.live).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sessions.live).toBe(0);
  });

  test('no more wait than the gateway takes calls', async () => {
    const { sessions } = await setUp({}, 3);
    for (let call = 0; call < 10; call++) sessions.prepare(`CA${call}`);
    expect(sessions.live).toBe(3);
  });

  test('the end of the gateway ends all of them', async () => {
    const { model, sessions, open } = await setUp();
    sessions.prepare('CA1');
    const { listener } = open('CA2');
    await listener.until('ready');
    sessions.close();
    expect([sessions.live, sessions.isAvailable]).toEqual([0, false]);
    sessions.prepare('CA3');
    expect(open('CA4').session.isReady).toBe(false);
    expect(sessions.live).toBe(0);
    expect(model.breaches).toEqual([]);
    expect(listener.fault).toBeUndefined();
  });
});

describe('a model that opens sessions', () => {
  /** What was written to the log, without what differs from run to run. */
  const linesOf = (log: ReturnType<typeof logSink>) =>
    log.lines().map((line) => {
      const { level, code, msg }: LogLine & { code?: string } = line;
      return { level, code, msg: msg.split(':')[0] };
    });

  test('and leaves five callers without an answer is not asked for more, and the log says so once', async () => {
    const { sessions, log, metrics, open } = await setUp();
    for (let call = 0; call < 5; call++) {
      expect(sessions.isAvailable).toBe(true);
      const { session, listener } = open(`CA${call}`);
      await listener.until('ready');
      session.close('unanswered');
      session.close('unanswered');
    }
    expect([sessions.isAvailable, sessions.live]).toEqual([false, 0]);
    expect(linesOf(log)).toEqual([
      { level: 'warn', code: 'unanswered', msg: 'The voice model is out of order' },
    ]);
    expect(await metrics.text()).toContain('bayline_model_errors_total{code="unanswered"} 5');
  });

  test('is not blamed for callers who hang up before they have said anything', async () => {
    const { sessions, open } = await setUp();
    for (let call = 0; call < 6; call++) {
      const { session, listener } = open(`CA${call}`);
      await listener.until('ready');
      session.close();
    }
    expect(sessions.isAvailable).toBe(true);
  });

  test('and says in a response that there is no credit gets no call until a probe was answered', async () => {
    const { sessions, log, open } = await setUp({
      script: {
        rules: [1, 2].map((session) => ({
          when: { session },
          do: [{ fail: { code: 'insufficient_quota' } }],
        })),
      },
    });
    stopTimers();
    const { session, listener } = open('CA1');
    session.send({ type: 'respond' });
    await turns(() => expect(listener.fault).toEqual({ code: 'insufficient_quota', fatal: true }));
    vi.advanceTimersByTime(15_000);
    await turns(() => expect(sessions.live).toBe(1));
    await turns(() => expect(sessions.live).toBe(0));
    expect(sessions.isAvailable).toBe(false);
    vi.advanceTimersByTime(30_000);
    await turns(() => expect(sessions.isAvailable).toBe(true));
    await turns(() => expect(sessions.live).toBe(0));
    expect(linesOf(log)).toEqual([
      {
        level: 'warn',
        code: 'insufficient_quota',
        msg: 'The voice model refuses this gateway (key, credit, address or model)',
      },
      { level: 'info', code: undefined, msg: 'The voice model answers again' },
    ]);
  });

  test('and says nothing in them has 6 s for a probe, and gets no call', async () => {
    const { model, sessions, metrics, open } = await setUp({
      script: {
        rules: [
          { when: { session: 1 }, do: [{ fail: { code: 'insufficient_quota' } }] },
          { do: [{ mute: true }] },
        ],
      },
    });
    stopTimers();
    const { session, listener } = open('CA1');
    session.send({ type: 'respond' });
    await turns(() => expect(listener.fault).toMatchObject({ fatal: true }));
    vi.advanceTimersByTime(15_000);
    await turns(() => expect(model.sessions).toHaveLength(2));
    await turns(async () => expect(await metrics.text()).toMatch(/bayline_model_connect_seconds_count 2/));
    vi.advanceTimersByTime(5999);
    expect(sessions.live).toBe(1);
    vi.advanceTimersByTime(1);
    await turns(() => expect(sessions.live).toBe(0));
    expect(sessions.isAvailable).toBe(false);
  });
});

describe('a model that is out of order', () => {
  test('is not asked for sessions after five failures, and is again once a probe succeeded', async () => {
    const { sessions, log, metrics, open } = await setUp({ script: { opening: { refuse: 503, times: 6 } } });
    stopTimers();
    for (let call = 0; call < 5; call++) {
      expect(sessions.isAvailable).toBe(true);
      const { listener } = open(`CA${call}`);
      await turns(() => expect(listener.fault).toEqual({ code: 'http_5xx', fatal: false }));
    }
    expect(sessions.isAvailable).toBe(false);
    sessions.prepare('CA9');
    expect(sessions.live).toBe(0);
    vi.advanceTimersByTime(15_000);
    await turns(() => expect(sessions.live).toBe(1));
    await turns(() => expect(sessions.live).toBe(0));
    vi.advanceTimersByTime(29_999);
    expect(sessions.live).toBe(0);
    vi.advanceTimersByTime(1);
    await turns(() => expect(sessions.isAvailable).toBe(true));
    await turns(() => expect(sessions.live).toBe(0));
    const lines = log.lines().map(({ level, msg }) => ({ level, msg }));
    expect(lines).toEqual([
      {
        level: 'warn',
        msg: 'The voice model is out of order: new calls begin with the menu',
      },
      { level: 'info', msg: 'The voice model answers again: new calls begin with it' },
    ]);
    expect(await metrics.text()).toContain('bayline_model_errors_total{code="http_5xx"} 6');
  });

  test('is not asked any more after a wrong key', async () => {
    const { sessions, log, open } = await setUp({ apiKey: 'another' });
    const { listener } = open('CA1');
    expect(await listener.untilEnd()).toEqual({ code: 'http_401', fatal: true });
    expect(sessions.isAvailable).toBe(false);
    const [line] = log.lines();
    expect(line).toMatchObject({ level: 'warn', code: 'http_401' });
    expect(line?.msg).toMatch(/^The voice model refuses this gateway \(key, credit, address or model\)/);
  });

  test('is not blamed for sessions that grow old', async () => {
    const { model, sessions, open } = await setUp();
    for (let call = 1; call <= 6; call++) {
      const { listener } = open(`CA${call}`);
      await listener.until('ready');
      (await model.session(call)).break({ expire: true });
      expect(await listener.untilEnd()).toEqual({ code: 'session_expired', fatal: false });
    }
    expect(sessions.isAvailable).toBe(true);
  });
});

test('200 sessions one after the other leave no socket, timer or listener', async () => {
  const { model, sessions, open } = await setUp();
  const resources = () => process.getActiveResourcesInfo().sort();
  const call = async (number: number) => {
    const before = model.sessions.length;
    if (number % 2 === 0) sessions.prepare(`CA${number}`);
    const { session, listener } = open(`CA${number}`);
    pushAll(session, silence(120));
    session.send({ type: 'respond' });
    if (number % 3 === 0) await listener.until('response_done');
    else if (number % 3 === 1) await listener.until('ready');
    if (number % 5 === 0) {
      (await model.session(before + 1)).break({ drop: true });
      await listener.until('end');
    }
    session.close();
    await turns(() => expect(sessions.live).toBe(0));
  };
  for (let number = 0; number < 10; number++) await call(number);
  await turns(() => expect(resources()).not.toContain('TCPSocketWrap'));
  const before = resources();
  for (let number = 0; number < 200; number++) await call(number);
  // Those of other tests in this process may end meanwhile.
  const added = () => {
    const known = [...before];
    return resources().filter(
      (kind) => known.splice(known.indexOf(kind), known.includes(kind) ? 1 : 0).length === 0,
    );
  };
  await turns(() => expect(added()).toEqual([]));
  expect(model.breaches).toEqual([]);
}, 60_000);
