import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { audibleSettings, loadConfig } from '../src/config.js';
import { DEFAULT_SETTINGS } from '../src/shop/shop-settings.js';

const KEY = 'sk-a-key-of-nobody';

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env);
  } catch (error) {
    expect(String(error)).not.toContain(KEY);
    return String(error).split('\n').slice(1);
  }
  throw new Error(`These settings were taken for good: ${Object.keys(env).join(', ')}`);
}

describe('which agent has the calls', () => {
  test.each([
    [{}, 'keypad'],
    [{ OPENAI_API_KEY: KEY }, 'realtime'],
    [{ REALTIME_URL: 'ws://127.0.0.1:8080/v1/realtime' }, 'realtime'],
    [{ OPENAI_API_KEY: KEY, AGENT: 'keypad' }, 'keypad'],
    [{ OPENAI_API_KEY: KEY, AGENT: 'echo' }, 'echo'],
    [{ OPENAI_API_KEY: KEY, AGENT: 'realtime' }, 'realtime'],
    [{ OPENAI_API_KEY: '' }, 'keypad'],
  ])('%j: %s', (env, agent) => {
    expect(loadConfig(env).agent).toBe(agent);
  });

  test('is none while AGENT is realtime and no model is named', () => {
    expect(problemsOf({ AGENT: 'realtime' })).toEqual([
      '  AGENT realtime needs OPENAI_API_KEY, or REALTIME_URL for another server than that of OpenAI',
    ]);
  });
});

describe('names of before', () => {
  test.each([
    ['OPENAI_REALTIME_URL', 'REALTIME_URL'],
    ['OPENAI_REALTIME_MODEL', 'REALTIME_MODEL'],
  ])('%s stops the start and is told that it is %s now', (old, name) => {
    expect(problemsOf({ [old]: 'anything' })).toEqual([
      `  ${old} is no setting any more: its name is ${name}`,
    ]);
  });

  test('AGENT=openai stops the start and is told that it is realtime now', () => {
    expect(problemsOf({ AGENT: 'openai', OPENAI_API_KEY: KEY }).join()).toContain('its name is realtime');
  });
});

describe('where the model is and who asks it', () => {
  const ask = (env: Record<string, string>) => loadConfig(env).realtime;

  test('is OpenAI with the key as bearer, and the model in the address', () => {
    expect(ask({ OPENAI_API_KEY: KEY, REALTIME_MODEL: 'gpt-realtime-2.1' })).toMatchObject({
      url: 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1',
      headers: { Authorization: `Bearer ${KEY}` },
    });
  });

  test('leaves an address alone that names a model', () => {
    const url = 'wss://our.openai.azure.com/openai/v1/realtime?model=our-voice';
    expect(ask({ REALTIME_URL: url }).url).toBe(url);
  });

  test('keeps what else the address asks for', () => {
    const url = 'wss://api.inworld.ai/api/v1/realtime/session?key=one&protocol=realtime';
    expect(ask({ REALTIME_URL: url }).url).toBe(`${url}&model=gpt-realtime-2.1-mini`);
  });

  test('sends the headers that are given in place of the bearer', () => {
    const headers = '{"api-key":"abc","x-region":"eu"}';
    expect(ask({ OPENAI_API_KEY: KEY, REALTIME_HEADERS: headers }).headers).toEqual({
      'api-key': 'abc',
      'x-region': 'eu',
    });
  });

  test.each([
    [{ OPENAI_API_KEY: KEY, REALTIME_URL: 'ws://10.0.0.5:8080/v1/realtime' }],
    [{ OPENAI_API_KEY: KEY, REALTIME_URL: 'ws://localai:8080/v1/realtime' }],
    [{ REALTIME_HEADERS: '{"api-key":"abc"}', REALTIME_URL: 'ws://models.example.com/' }],
  ])('sends no key to another machine in clear (%#)', (env) => {
    expect(problemsOf(env).join()).toMatch(/REALTIME_URL must be wss:\/\/ while/);
  });

  test.each([
    [{ OPENAI_API_KEY: KEY, REALTIME_URL: 'ws://127.0.0.1:8080/v1/realtime' }],
    [{ OPENAI_API_KEY: KEY, REALTIME_URL: 'ws://localhost:8080/v1/realtime' }],
    [{ REALTIME_URL: 'ws://10.0.0.5:8080/v1/realtime' }],
    [{ OPENAI_API_KEY: KEY, REALTIME_URL: 'wss://models.example.com/v1/realtime' }],
  ])('speaks in clear to this machine, and without a key to any (%#)', (env) => {
    expect(ask(env).url).toContain(env.REALTIME_URL);
  });
});

describe('what the model is asked for', () => {
  test('has no transcription when that model is given as empty or none', () => {
    const modelOf = (env: Record<string, string>) => loadConfig(env).realtime.transcriptionModel;
    expect(modelOf({})).toBe('gpt-transcribe');
    expect(modelOf({ REALTIME_TRANSCRIPTION_MODEL: '' })).toBeNull();
    expect(modelOf({ REALTIME_TRANSCRIPTION_MODEL: 'none' })).toBeNull();
    expect(modelOf({ REALTIME_TRANSCRIPTION_MODEL: 'whisper-2' })).toBe('whisper-2');
  });

  test('leaves out what the server does not know', () => {
    expect(loadConfig({ REALTIME_OFF: 'truncate, reasoning' }).realtime.off).toEqual([
      'truncate',
      'reasoning',
    ]);
  });

  test('cannot be changed afterwards', () => {
    const { realtime } = loadConfig({ OPENAI_API_KEY: KEY });
    expect([realtime, realtime.headers, realtime.off].every(Object.isFrozen)).toBe(true);
  });
});

describe('the file of instructions', () => {
  async function file(content: string | Buffer): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'bayline-instructions-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'shop.txt'), content);
    return join(folder, 'shop.txt');
  }

  test('is read at the start, without a mark of byte order', async () => {
    const given = { AGENT_INSTRUCTIONS_FILE: await file('\uFEFFOil change 49 dollars until Friday.\n') };
    expect(loadConfig(given).realtime.instructions).toBe('Oil change 49 dollars until Friday.');
  });

  test('is none when it is empty', async () => {
    expect(loadConfig({ AGENT_INSTRUCTIONS_FILE: await file(' \n') }).realtime.instructions).toBeNull();
  });

  test('may have 8,000 characters of any script, and not one more', async () => {
    const most = { AGENT_INSTRUCTIONS_FILE: await file('油'.repeat(8000)) };
    expect(loadConfig(most).realtime.instructions).toHaveLength(8000);
    for (const longer of ['x'.repeat(8001), 'x'.repeat(100_000)])
      expect(problemsOf({ AGENT_INSTRUCTIONS_FILE: await file(longer) })).toEqual([
        '  AGENT_INSTRUCTIONS_FILE must be a file of at most 8,000 characters',
      ]);
  });

  test('stops the start when it is no text', async () => {
    const given = { AGENT_INSTRUCTIONS_FILE: await file(Buffer.from([0xc3, 0x28])) };
    expect(problemsOf(given)).toEqual(['  AGENT_INSTRUCTIONS_FILE must be a file of text in UTF-8']);
  });
});

test('a recording says how the model was set, and nothing of where it is, its key or the shop’s instructions', () => {
  const config = loadConfig({
    REALTIME_URL: 'wss://secret.example.com/v1/realtime?key=hidden',
    OPENAI_API_KEY: KEY,
    REALTIME_OFF: 'truncate',
    REALTIME_TRANSCRIPTION_MODEL: '',
  });
  const settings = audibleSettings(config, DEFAULT_SETTINGS);
  expect(JSON.stringify(settings)).not.toMatch(/secret|hidden|sk-a-key/);
  const again = loadConfig(settings);
  expect(again.agent).toBe('realtime');
  expect({ ...again.realtime, url: '', headers: {} }).toEqual({ ...config.realtime, url: '', headers: {} });
});
