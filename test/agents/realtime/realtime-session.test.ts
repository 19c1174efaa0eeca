import { describe, expect, test } from 'vitest';
import { silence, toneVoice } from '../../../packages/realtime-simulator/src/audio/tone-voice.js';
import { PROFILES } from '../../../packages/realtime-simulator/src/profiles.js';
import { RealtimeSession } from '../../../src/agents/realtime/realtime-session.js';
import { decode } from '../../../src/audio/mulaw.js';
import { activeLevel } from '../../support/audio-measures.js';
import { KeptListener, openSession, pushAll, SETUP } from '../../support/model-session.js';
import { arrived } from '../../support/simulated-call.js';

const SPOKEN = Buffer.concat([toneVoice('I need an oil change'), silence(700)]);
const NAMES = ['openai', 'azure', 'xai', 'huggingface', 'localai'] as const;

describe('a session of each server', () => {
  test.each(NAMES)(
    '%s: takes a spoken turn and answers it, without a breach of the protocol',
    async (profile) => {
      const { model, session, listener } = await openSession({
        profile,
        script: { caller: ['I need an oil change'] },
      });
      pushAll(session, SPOKEN);
      await listener.until('response_done');
      await listener.until('caller_words');
      expect(listener.told[0]).toEqual({ type: 'ready' });
      expect(listener.of('caller_words').at(-1)?.text).toBe('I need an oil change');
      expect(
        listener
          .of('words')
          .map(({ delta }) => delta)
          .join(''),
      ).toBe('All right.');
      const audio = Buffer.concat(listener.of('audio').map((event) => event.audio));
      const expected = Buffer.from(toneVoice('All right.'));
      expect(audio).toHaveLength(expected.length);
      expect(Math.abs(activeLevel(decode(audio)) - activeLevel(decode(expected)))).toBeLessThan(3);
      expect(model.breaches).toEqual([]);
    },
    10_000,
  );

  test.each(NAMES)(
    '%s: is asked to say something, and cut off',
    async (profile) => {
      const { model, session, listener } = await openSession({
        profile,
        script: {
          otherwise: 'We have an open time on Monday at nine.',
          audio: { chunkMs: 100, everyMs: 30 },
        },
      });
      session.send({ type: 'add_text', role: 'system', text: 'The caller is not known.' });
      session.send({ type: 'add_text', role: 'assistant', text: 'Good morning.' });
      session.send({ type: 'respond', instructions: 'Say when there is time.', tools: false });
      await listener.until('audio', 3);
      const [{ responseId, itemId } = { responseId: '', itemId: '' }] = listener.of('audio');
      session.send({ type: 'cancel', responseId });
      session.send({ type: 'truncate', itemId, heardMs: 150.7 });
      await listener.until('response_done');
      expect(listener.of('response_done')[0]).toMatchObject({ responseId, status: 'cancelled' });
      session.send({ type: 'respond' });
      await listener.until('response_done', 2);
      expect(listener.of('error')).toEqual([]);
      expect(model.breaches).toEqual([]);
      const events = (await model.session()).events.filter(({ direction }) => direction === 'from client');
      const cut = events.find(({ type }) => type === 'conversation.item.truncate')?.event;
      if (profile === 'huggingface') expect(cut).toBeUndefined();
      else expect(cut).toMatchObject({ audio_end_ms: 150 });
    },
    10_000,
  );
});

describe('before it is ready', () => {
  test('requests wait in their order, and go before the audio that was held', async () => {
    const { model, session, listener } = await openSession({ script: { opening: { createdAfterMs: 100 } } });
    pushAll(session, silence(300));
    const ids = ['one', 'two', 'three'].map((text) => session.send({ type: 'add_text', role: 'user', text }));
    expect(session.isReady).toBe(false);
    await listener.until('ready');
    expect(session.isReady).toBe(true);
    const { events } = await model.session();
    await arrived(() => expect(events.map(({ type }) => type)).toContain('input_audio_buffer.append'));
    const sent = events.filter(({ direction }) => direction === 'from client');
    expect(sent.map(({ type }) => type)).toEqual([
      'session.update',
      ...ids.map(() => 'conversation.item.create'),
      'input_audio_buffer.append',
    ]);
    expect(sent.slice(1, 4).map(({ event }) => event.event_id)).toEqual(ids);
  });

  test('a server that greets nobody is set up all the same', async () => {
    const { model, listener } = await openSession({
      script: { opening: { createdAfterMs: 1000 } },
    });
    await listener.until('ready');
    expect((await model.session()).events.map(({ type }) => type)).not.toContain('session.created');
    await (await model.session()).until('session.created');
    expect(model.breaches).toEqual([]);
  });

  test.each([
    [401, { code: 'http_401', fatal: true }],
    [403, { code: 'http_403', fatal: true }],
    [404, { code: 'http_404', fatal: true }],
    [429, { code: 'http_429', fatal: false }],
    [503, { code: 'http_5xx', fatal: false }],
  ])('the HTTP status %i is a fault', async (refuse, fault) => {
    const { listener } = await openSession({ script: { opening: { refuse } } });
    expect(await listener.untilEnd()).toEqual(fault);
  });

  test('a server that does not answer the upgrade is left after two seconds', async () => {
    const before = performance.now();
    const { listener } = await openSession({ script: { opening: { hang: true } } });
    expect(await listener.untilEnd()).toEqual({ code: 'timeout', fatal: false });
    expect(performance.now() - before).toBeGreaterThan(1900);
  });

  test('a server that takes the connection and says nothing is left too', async () => {
    const { listener } = await openSession({
      script: { rules: [{ when: { on: 'connect' }, do: [{ mute: true }] }] },
    });
    expect(await listener.untilEnd()).toEqual({ code: 'timeout', fatal: false });
  });

  test('another audio format than ours is fatal', async () => {
    const { listener } = await openSession({
      script: { rules: [{ when: { on: 'update' }, do: [{ format: 'audio/pcm' }] }] },
    });
    expect(await listener.untilEnd()).toEqual({ code: 'format', fatal: true });
  });

  test('a server that knows no mu-law is found out', async () => {
    const { listener } = await openSession({ profile: 'huggingface' }, { env: { REALTIME_AUDIO: 'pcmu' } });
    expect(await listener.untilEnd()).toEqual({ code: 'format', fatal: true });
  });

  test('a set-up that is refused is fatal', async () => {
    const { listener } = await openSession({ profile: 'openai' }, { env: { REALTIME_AUDIO: 'pcmu8000' } });
    expect(await listener.untilEnd()).toEqual({ code: 'unknown_parameter', fatal: true });
  });

  test('a server whose sessions are all taken says so, and may be tried again', async () => {
    const { realtime } = await openSession({ profile: 'huggingface' });
    const second = new RealtimeSession({ realtime, setup: SETUP });
    const listener = new KeptListener();
    second.listen(listener);
    expect(await listener.untilEnd()).toEqual({ code: 'session_limit_reached', fatal: false });
  });
});

describe('a session that breaks', () => {
  test.each([
    ['insufficient_quota', { code: 'insufficient_quota', fatal: true }],
    ['invalid_api_key', { code: 'invalid_api_key', fatal: true }],
    ['session_expired', { code: 'session_expired', fatal: false }],
  ])('ends with %s', async (code, fault) => {
    const { model, listener } = await openSession();
    await listener.until('ready');
    (await model.session()).break({ error: { code } });
    expect(await listener.untilEnd()).toEqual(fault);
  });

  test('ends for an empty account also when the response tells it', async () => {
    const { session, listener } = await openSession({
      script: { rules: [{ do: [{ fail: { code: 'insufficient_quota' } }] }] },
    });
    session.send({ type: 'respond' });
    expect(await listener.untilEnd()).toEqual({ code: 'insufficient_quota', fatal: true });
    expect(listener.of('response_done')).toMatchObject([{ status: 'failed', reason: 'insufficient_quota' }]);
  });

  test.each([
    ['closed by the server', { close: 1011 }],
    ['broken off', { drop: true }],
  ] as const)('ends when it is %s', async (_, action) => {
    const { model, listener } = await openSession();
    await listener.until('ready');
    (await model.session()).break(action);
    expect(await listener.untilEnd()).toEqual({ code: 'closed', fatal: false });
  });

  test('goes on after an error of one request, which is named', async () => {
    const { model, session, listener } = await openSession();
    const id = session.send({ type: 'delete_item', itemId: 'item_of_nobody' });
    await listener.until('error');
    expect(listener.of('error')).toMatchObject([{ requestId: id }]);
    session.send({ type: 'respond' });
    await listener.until('response_done');
    expect(model.breaches).toMatchObject([{ event: 'conversation.item.delete' }]);
  });

  test('forgives four messages that are none, and ends at the fifth', async () => {
    const codes: string[] = [];
    const observer = {
      onReady: () => undefined,
      onEnd: () => undefined,
      onError: (code: string) => codes.push(code),
    };
    const { model, session, listener } = await openSession({}, { observer });
    await listener.until('ready');
    for (const garbage of ['{', '"text"', '[]', '{"type":7}']) (await model.session()).break({ garbage });
    session.send({ type: 'respond' });
    await listener.until('response_done');
    expect(listener.fault).toBeUndefined();
    (await model.session()).break({ garbage: '<html>' });
    expect(await listener.untilEnd()).toEqual({ code: 'garbage', fatal: false });
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'broken_event'), 'garbage']);
  });

  test('ends for a message of more than two MiB', async () => {
    const { model, listener } = await openSession();
    await listener.until('ready');
    (await model.session()).break({ garbage: 'x'.repeat(2 * 1024 * 1024 + 1) });
    expect(await listener.untilEnd()).toEqual({ code: 'garbage', fatal: false });
  });

  test('tells nothing once it is closed', async () => {
    const { model, session, listener } = await openSession();
    await listener.until('ready');
    session.send({ type: 'respond' });
    session.close();
    session.pushAudio(silence(20));
    session.send({ type: 'respond' });
    await model.close();
    expect(listener.told).toEqual([{ type: 'ready' }]);
    expect(session.isReady).toBe(false);
  });
});

test('what happened before somebody listens is told first, and never within a call', async () => {
  const { model, realtime } = await openSession();
  const session = new RealtimeSession({ realtime, setup: SETUP });
  session.send({ type: 'respond' });
  await (await model.session(2)).until('response.done');
  await arrived(() => expect(session.isReady).toBe(true));
  const listener = new KeptListener();
  session.listen(listener);
  expect(listener.told).toEqual([]);
  await listener.until('response_done');
  expect(listener.told.slice(0, 2).map(({ type }) => type)).toEqual(['ready', 'response_created']);
  session.close();
});

test('PROFILES has no server that is not tried here', () => {
  expect([...NAMES].sort()).toEqual(Object.keys(PROFILES).sort());
});
