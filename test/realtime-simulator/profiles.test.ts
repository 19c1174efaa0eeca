import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { silence, toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import { PROFILES, type ProfileName } from '../../packages/realtime-simulator/src/profiles.js';
import { PCMU, RealtimeClient, setUpModel } from '../support/realtime-client.js';
import { arrived } from '../support/simulated-call.js';

const NAMES = ['openai', 'azure', 'xai', 'huggingface', 'localai'] as const;

/** The status of an upgrade that is refused. */
function refusedWith(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const socket = new WebSocket(url, { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('open', () => reject(new Error('it was taken')));
    socket.on('error', () => undefined);
  });
}

const quick = (name: ProfileName) => ({ ...PROFILES[name], createdAfterMs: 0 });
const formatOf = (format: 'audio/pcm' | 'audio/pcmu') => ({
  audio: { input: { format: { type: format } }, output: { format: { type: format } } },
});

describe('every profile', () => {
  it.each(NAMES)('%s: a spoken turn is answered in a format that it has, without a breach', async (name) => {
    const { model, client } = await setUpModel({ profile: quick(name) });
    const [format = 'audio/pcm'] = PROFILES[name].formats;
    await client.ready(formatOf(format));
    const speech = Buffer.concat([toneVoice('hello'), silence(600)]);
    const pcm = Buffer.concat([...speech].map((byte) => Buffer.alloc(6, byte === 0xff ? 0 : 0x20)));
    client.append(format === 'audio/pcmu' ? speech : pcm);
    const { response } = await client.until('response.done');
    expect(response).toMatchObject({ status: 'completed' });
    const audio = client
      .of('response.output_audio.delta')
      .map(({ delta }) => Buffer.from(String(delta), 'base64'));
    const expected = toneVoice('All right.').length * (format === 'audio/pcmu' ? 1 : 6);
    expect(Buffer.concat(audio)).toHaveLength(expected);
    expect(model.breaches).toEqual([]);
  });
});

describe('what differs', () => {
  it.each(['huggingface', 'localai'] as const)(
    '%s plays PCM only, and says so in session.updated',
    async (name) => {
      const { model, client } = await setUpModel({ profile: quick(name) });
      await client.ready(PCMU);
      expect(await client.until('session.updated')).toMatchObject({
        session: { audio: { output: { format: { type: 'audio/pcm', rate: 24_000 } } } },
      });
      expect(model.breaches).toEqual([]);
    },
  );

  it('xai takes a rate beside mu-law, and ignores flat fields, which is a breach all the same', async () => {
    const { model, client } = await setUpModel({ profile: 'xai' });
    const format = { type: 'audio/pcmu', rate: 8000 };
    await client.ready({ audio: { input: { format }, output: { format } } });
    expect(model.breaches).toEqual([]);
    client.send({ type: 'session.update', session: { type: 'realtime', output_audio_format: 'g711_ulaw' } });
    await client.until('session.updated', 2);
    expect(client.of('error')).toEqual([]);
    expect(model.breaches).toMatchObject([{ code: 'unknown_parameter' }]);
  });

  it('xai sends the transcript as it grows, and names predecessors that nobody knows', async () => {
    const { client } = await setUpModel({
      profile: 'xai',
      script: { caller: ['an oil change'], transcriptAfterMs: 0 },
    });
    await client.ready({ audio: { input: { transcription: {}, turn_detection: null } } });
    client.send({ type: 'response.create' });
    await client.until('response.done');
    client.append(Buffer.alloc(48 * 200));
    client.send({ type: 'input_audio_buffer.commit' });
    await client.until('conversation.item.input_audio_transcription.completed', 3);
    const told = client.of('conversation.item.input_audio_transcription.completed');
    expect(told.map(({ transcript }) => transcript)).toEqual(['an ', 'an oil ', 'an oil change']);
    expect(await client.until('input_audio_buffer.committed')).toMatchObject({
      previous_item_id: expect.stringContaining('unannounced'),
    });
  });

  it('huggingface announces items by their old name, does not answer truncations, and has one session', async () => {
    const { url, client } = await setUpModel({ profile: 'huggingface' });
    await client.ready();
    client.send({ type: 'response.create' });
    await client.until('response.done');
    const { item_id } = await client.until('response.output_audio.delta');
    const late = { type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 999_999 };
    client.send(late, { type: 'conversation.item.retrieve', item_id });
    await client.until('conversation.item.retrieved');
    expect(client.of('error')).toEqual([]);
    expect(client.types.filter((type) => type.startsWith('conversation.'))).toEqual([
      'conversation.item.created',
      'conversation.item.retrieved',
    ]);
    const second = new RealtimeClient(url);
    expect(await second.until('error')).toMatchObject({ error: { code: 'session_limit_reached' } });
    await second.untilClosed();
  });

  it('localai is slow to say that it is there, and has no semantic detection of turns', async () => {
    const { client } = await setUpModel({ profile: 'localai' });
    const beganAt = performance.now();
    await client.until('session.created');
    expect(performance.now() - beganAt).toBeGreaterThan(1000);
    const session = { type: 'realtime', audio: { input: { turn_detection: { type: 'semantic_vad' } } } };
    client.send({ type: 'session.update', session });
    expect(await client.until('error')).toMatchObject({ error: { code: 'invalid_value' } });
  });

  it('azure takes its own header, knows its deployments alone, and expires with a vague error', async () => {
    const models = ['our-voice', 'our-ears'];
    const { url } = await setUpModel({ profile: 'azure', models, sessionMs: 400, apiKey: 'k' });
    expect(url).toMatch(/\/openai\/v1\/realtime\?model=our-voice$/);
    expect(await refusedWith(url.replace('our-voice', 'gpt-realtime'), { 'api-key': 'k' })).toBe(404);
    expect(await refusedWith(url, { 'api-key': 'other' })).toBe(401);
    const client = new RealtimeClient(url, { 'api-key': 'k' });
    await client.ready({ audio: { input: { transcription: { model: 'whisper-1' }, turn_detection: null } } });
    client.append(Buffer.alloc(48 * 200));
    client.send({ type: 'input_audio_buffer.commit' });
    await client.until('conversation.item.input_audio_transcription.failed');
    expect(await client.until('error')).toMatchObject({ error: { code: 'server_error' } });
    expect(await client.untilClosed()).toBe(1001);
  });
});

describe('a connection', () => {
  it.each([
    ['without a key', '', {}, 401],
    ['with a wrong key', '', { Authorization: 'Bearer other' }, 401],
    ['with a model and an intent', '&intent=transcription', { Authorization: 'Bearer k' }, 400],
  ])('is refused %s', async (_, query, headers, status) => {
    const { url } = await setUpModel({ apiKey: 'k' });
    expect(await refusedWith(`${url}${query}`, headers)).toBe(status);
  });

  it('is refused without a model, and at another path', async () => {
    const { url } = await setUpModel();
    const headers = { Authorization: 'Bearer k' };
    expect(await refusedWith(url.replace(/\?.*/, ''), headers)).toBe(400);
    expect(await refusedWith(url.replace('/v1/', '/v2/'), headers)).toBe(404);
  });

  it('is refused as often as the script says', async () => {
    const { url } = await setUpModel({ script: { opening: { refuse: 429, times: 2 } } });
    expect(await refusedWith(url, { Authorization: 'Bearer k' })).toBe(429);
    await new RealtimeClient(url).until('session.created');
  });

  it('is never answered when the script hangs it, and closing the server ends it', async () => {
    const { model, client } = await setUpModel({ script: { opening: { hang: true } } });
    await expect(model.session(1, 100)).rejects.toMatchObject({ code: 'DEADLINE' });
    expect(client.closedWith).toBeNull();
    await model.close();
    await arrived(() => expect(client.closedWith).toBe(1006));
  });

  it('that asks for the beta interface ends with an error', async () => {
    const { model, url } = await setUpModel();
    const client = new RealtimeClient(url, { Authorization: 'Bearer k', 'OpenAI-Beta': 'realtime=v1' });
    expect(await client.untilClosed()).toBe(4000);
    expect(model.breaches).toMatchObject([{ code: 'beta_api_shape_disabled', event: null }]);
  });
});
