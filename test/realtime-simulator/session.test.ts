import { describe, expect, it, onTestFinished } from 'vitest';
import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import { PCMU, RealtimeClient, setUpModel } from '../support/realtime-client.js';

describe('a session', () => {
  it('is reached at the address that is told, also at one of IPv6', async () => {
    const model = new RealtimeSimulator();
    onTestFinished(() => model.close());
    // As IPv6 writes 127.0.0.1: it is there on machines without ::1, too.
    const url = await model.listen(0, '::ffff:127.0.0.1');
    expect(url).toMatch(/^ws:\/\/\[::ffff:127\.0\.0\.1]:\d+\/v1\/realtime\?model=/);
    const client = new RealtimeClient(url);
    expect(await client.until('session.created')).toMatchObject({ type: 'session.created' });
  });

  it('is told of, and takes the settings that it is given', async () => {
    const { model, client } = await setUpModel();
    const created = await client.until('session.created');
    expect(created.session).toMatchObject({
      type: 'realtime',
      model: 'gpt-realtime-2.1-mini',
      audio: { input: { format: { type: 'audio/pcm', rate: 24_000 } } },
    });
    client.send({
      type: 'session.update',
      session: { type: 'realtime', instructions: 'Be brief.', ...PCMU },
    });
    const { session } = await client.until('session.updated');
    expect(session).toMatchObject({
      instructions: 'Be brief.',
      audio: {
        input: { format: { type: 'audio/pcmu' } },
        output: { format: { type: 'audio/pcmu' }, voice: 'alloy' },
      },
    });
    expect(model.breaches).toEqual([]);
  });

  it('refuses a whole update for one field that it does not know, and names the event', async () => {
    const { model, client } = await setUpModel();
    await client.until('session.created');
    const session = { type: 'realtime', instructions: 'Be brief.', input_audio_format: 'g711_ulaw' };
    client.send({ type: 'session.update', event_id: 'mine', session });
    expect(await client.until('error')).toMatchObject({
      error: {
        type: 'invalid_request_error',
        code: 'unknown_parameter',
        param: 'session.input_audio_format',
        event_id: 'mine',
      },
    });
    await client.ready();
    expect(await client.until('session.updated')).toMatchObject({ session: { instructions: '' } });
    expect(model.breaches).toMatchObject([
      { code: 'unknown_parameter', event: 'session.update', eventId: 'mine' },
    ]);
  });

  it.each([
    [
      'a rate beside mu-law',
      { audio: { input: { format: { type: 'audio/pcmu', rate: 8000 } } } },
      'unknown_parameter',
    ],
    [
      'PCM at another rate',
      { audio: { output: { format: { type: 'audio/pcm', rate: 8000 } } } },
      'invalid_value',
    ],
    [
      'a format that it does not play',
      { audio: { input: { format: { type: 'audio/pcma' } } } },
      'invalid_value',
    ],
    ['audio and text at once', { output_modalities: ['audio', 'text'] }, 'invalid_value'],
    ['more tokens than there are', { max_output_tokens: 5000 }, 'invalid_value'],
    ['a tool without a name', { tools: [{ type: 'function' }] }, 'missing_required_parameter'],
  ])('refuses %s', async (_, session, code) => {
    const { client } = await setUpModel();
    await client.until('session.created');
    client.send({ type: 'session.update', session: { type: 'realtime', ...session } });
    expect(await client.until('error')).toMatchObject({ error: { code } });
    expect(client.of('session.updated')).toEqual([]);
  });

  it('does not change its voice once it was heard', async () => {
    const { model, client } = await setUpModel();
    await client.ready({ audio: { output: { voice: 'marin' } } });
    client.send({ type: 'response.create' });
    await client.until('response.done');
    const voice = (name: string) => ({ type: 'realtime', audio: { output: { voice: name } } });
    client.send(
      { type: 'session.update', session: voice('marin') },
      { type: 'session.update', session: voice('cedar') },
    );
    expect(await client.until('error')).toMatchObject({ error: { code: 'cannot_update_voice' } });
    expect(client.of('session.updated')).toHaveLength(2);
    expect(model.breaches).toMatchObject([{ code: 'cannot_update_voice' }]);
  });

  it('reports audio that comes before its format is agreed', async () => {
    const { model, client } = await setUpModel();
    await client.until('session.created');
    client.append(Buffer.alloc(160));
    client.append(Buffer.alloc(160));
    await client.ready();
    expect(model.breaches).toMatchObject([{ code: 'audio_before_ready' }]);
  });

  it('answers what is no event with an error, and goes on', async () => {
    const { model, client } = await setUpModel();
    await client.until('session.created');
    for (const text of ['{', '[]', '{"event":"start"}']) client.sendText(text);
    client.send({ type: 'response.begin' }, { type: 'output_audio_buffer.clear' });
    await client.until('error', 5);
    await client.ready();
    expect(model.breaches.map(({ code }) => code)).toEqual([
      'invalid_event',
      'invalid_event',
      'invalid_event',
      'invalid_value',
      'invalid_value',
    ]);
  });

  it('ends after its time with session_expired and 1001', async () => {
    const { client } = await setUpModel({ sessionMs: 50 });
    expect(await client.until('error')).toMatchObject({
      error: { code: 'session_expired', message: 'Your session hit the maximum duration of 60 minutes.' },
    });
    expect(await client.untilClosed()).toBe(1001);
  });
});
