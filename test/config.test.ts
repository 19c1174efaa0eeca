import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/config.js';
import { GatewayError } from '../src/core/errors.js';

const SID = 'AC0123456789abcdef0123456789abcdef';

function problemsOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'BAD_CONFIG' });
    return error instanceof Error ? error.message : '';
  }
  throw new Error(`These settings were taken for good: ${Object.keys(env).join(', ')}`);
}

describe('loadConfig', () => {
  it('leaves streams to plain ws when FAST_READ is 0, and knows no third way', () => {
    expect(loadConfig({ FAST_READ: '0' }).fastRead).toBe(false);
    expect(problemsOf({ FAST_READ: 'no' })).toContain('FAST_READ must be one of 0, 1');
  });

  it('runs with no setting at all, reachable from this machine only', () => {
    expect(loadConfig({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: undefined,
      twilio: { accountSid: undefined, authToken: undefined },
      redis: { url: undefined, commandTimeoutMs: 500 },
      database: { url: undefined, dataDir: './data' },
      retentionDays: 90,
      ttl: { sessionSeconds: 3600, customerSeconds: 300 },
      agent: 'keypad',
      realtime: {
        url: 'wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1-mini',
        headers: {},
        model: 'gpt-realtime-2.1-mini',
        voice: 'marin',
        transcriptionModel: 'gpt-transcribe',
        language: 'en',
        audio: 'pcmu',
        off: [],
        maxMinutes: null,
        instructions: null,
      },
      shop: {},
      adminToken: undefined,
      keepAliveSeconds: 650,
      fastRead: true,
      maxCalls: 1000,
      stream: { startTimeoutMs: 5000, idleTimeoutMs: 15_000 },
      resumeWindowSeconds: 60,
      drainNoticeSeconds: 0,
      drainTimeoutSeconds: 600,
      recordings: { folder: undefined, keepVoice: true },
      logLevel: 'info',
      slowOperationMs: 50,
    });
  });

  it('says what to do instead of WORKERS', () => {
    expect(problemsOf({ WORKERS: '4' })).toContain('start several gateways, each on a PORT of its own');
    expect(() => loadConfig({ WORKERS: '' })).not.toThrow();
  });

  it('records where it is told, and without the voice of the caller if told so', () => {
    expect(loadConfig({ RECORD_DIR: '/var/calls' }).recordings).toEqual({
      folder: '/var/calls',
      keepVoice: true,
    });
    expect(loadConfig({ RECORD_DIR: 'calls', RECORD_VOICE: '0' }).recordings.keepVoice).toBe(false);
    expect(problemsOf({ RECORD_VOICE: 'no' })).toContain('RECORD_VOICE must be one of 0, 1');
  });

  it('listens on every address once signatures can be checked, unless told otherwise', () => {
    expect(loadConfig({ TWILIO_AUTH_TOKEN: 'a-secret-token' }).host).toBe('0.0.0.0');
    expect(loadConfig({ TWILIO_AUTH_TOKEN: 'a-secret-token', HOST: '::1' }).host).toBe('::1');
    expect(loadConfig({ HOST: '0.0.0.0' }).host).toBe('0.0.0.0');
  });

  it('takes an empty value as not set', () => {
    expect(loadConfig({ PORT: '', REDIS_URL: '', ADMIN_TOKEN: '' })).toEqual(loadConfig({}));
  });

  it('ignores the rest of the environment and cannot be changed afterwards', () => {
    const config = loadConfig({ PATH: '/usr/bin', NODE_ENV: 'production' });
    expect(config).toEqual(loadConfig({}));
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    ['PORT', '0', { port: 0 }],
    ['PORT', '65535', { port: 65_535 }],
    ['PUBLIC_URL', 'http://localhost:3000', { publicUrl: 'http://localhost:3000' }],
    ['REDIS_URL', 'redis://127.0.0.1:6379/2', { redis: { url: 'redis://127.0.0.1:6379/2' } }],
    ['REDIS_URL', 'redis://a:1,redis://b:2', { redis: { url: 'redis://a:1,redis://b:2' } }],
    ['REDIS_URL', 'redis+sentinel://a:26379,b/shop/1', { redis: { commandTimeoutMs: 500 } }],
    ['REDIS_URL', 'rediss+sentinel://a/shop', { redis: { url: 'rediss+sentinel://a/shop' } }],
    ['DATABASE_URL', 'postgres://u@h:5432/shop', { database: { url: 'postgres://u@h:5432/shop' } }],
    ['DATA_DIR', 'memory', { database: { dataDir: 'memory' } }],
    ['SESSION_TTL_SECONDS', '60', { ttl: { sessionSeconds: 60 } }],
    ['CUSTOMER_TTL_SECONDS', '1', { ttl: { customerSeconds: 1 } }],
    ['RETENTION_DAYS', '30', { retentionDays: 30 }],
    ['AGENT', 'echo', { agent: 'echo' }],
    ['AGENT', 'keypad', { agent: 'keypad' }],
    ['AGENT', 'auto', { agent: 'keypad' }],
    ['SHOP_NAME', 'Müller & Söhne', { shop: { name: 'Müller & Söhne' } }],
    ['SHOP_TIMEZONE', 'Europe/Berlin', { shop: { timezone: 'Europe/Berlin' } }],
    [
      'SHOP_HOURS',
      'Mon-Fri 08:00-12:00, Mon-Fri 13:00-17:00,Sat 09:00-24:00',
      { shop: { hours: 'Mon-Fri 08:00-12:00, Mon-Fri 13:00-17:00,Sat 09:00-24:00' } },
    ],
    ['SHOP_BAYS', '7', { shop: { bays: 7 } }],
    ['TRANSFER_NUMBER', '+15125550100', { shop: { transfer_number: '+15125550100' } }],
    ['ADMIN_TOKEN', 'let-me-in-please', { adminToken: 'let-me-in-please' }],
    ['ADMIN_TOKEN', 'schlüssel-für-vorn', { adminToken: 'schlüssel-für-vorn' }],
    ['KEEP_ALIVE_SECONDS', '1', { keepAliveSeconds: 1 }],
    ['KEEP_ALIVE_SECONDS', '86400', { keepAliveSeconds: 86_400 }],
    ['MAX_CALLS', '1', { maxCalls: 1 }],
    ['STREAM_START_TIMEOUT_MS', '100', { stream: { startTimeoutMs: 100 } }],
    ['STREAM_IDLE_TIMEOUT_MS', '600000', { stream: { idleTimeoutMs: 600_000 } }],
    ['RESUME_WINDOW_SECONDS', '1', { resumeWindowSeconds: 1 }],
    ['DRAIN_NOTICE_SECONDS', '5', { drainNoticeSeconds: 5 }],
    ['DRAIN_TIMEOUT_SECONDS', '0', { drainTimeoutSeconds: 0 }],
    ['REDIS_COMMAND_TIMEOUT_MS', '10', { redis: { commandTimeoutMs: 10 } }],
    ['LOG_LEVEL', 'silent', { logLevel: 'silent' }],
  ])('takes %s=%s', (name, value, expected) => {
    expect(loadConfig({ [name]: value })).toMatchObject(expected);
  });

  it.each([
    ['PUBLIC_URL', 'https://voice.example.com', { publicUrl: 'https://voice.example.com' }],
    ['PUBLIC_URL', 'https://Voice.Example.com:443/', { publicUrl: 'https://voice.example.com' }],
    [
      'PUBLIC_URL',
      'https://Voice.Example.com:443/',
      { publicUrlAsWritten: 'https://Voice.Example.com:443/' },
    ],
    ['PUBLIC_URL', 'HTTPS://wörkstatt.example', { publicUrl: 'https://xn--wrkstatt-n4a.example' }],
  ])('takes %s=%s together with an auth token', (name, value, expected) => {
    expect(loadConfig({ TWILIO_AUTH_TOKEN: 'a-secret-token', [name]: value })).toMatchObject(expected);
  });

  it.each([
    'https://voice.example.com',
    'http://192.168.1.5:3000',
    'http://10.0.0.2',
    'http://gateway:3000',
    'https://localhost.example.com',
    'https://127.0.0.1.nip.io',
    'https://abc.ngrok-free.app',
    'http://0.0.0.0:3000',
    'http://[fd00::1]:3000',
    'HTTPS://VOICE.EXAMPLE.COM',
  ])('does not start for %s without an auth token, and says so in one sentence', (publicUrl) => {
    for (const token of [{}, { TWILIO_AUTH_TOKEN: '' }]) {
      const message = problemsOf({ PUBLIC_URL: publicUrl, ...token });
      expect(message.split('\n').slice(1)).toEqual([
        '  TWILIO_AUTH_TOKEN must be set while PUBLIC_URL is not of this machine: anybody could pretend to be Twilio',
      ]);
    }
  });

  it.each(['http://localhost:8080', 'https://localhost', 'http://127.0.0.1:3000', 'http://[::1]:3000'])(
    'starts for %s without an auth token',
    (publicUrl) => {
      expect(loadConfig({ PUBLIC_URL: publicUrl })).toMatchObject({ publicUrl });
    },
  );

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', ' 3000'],
    ['PORT', '0x50'],
    ['PUBLIC_URL', 'voice.example.com'],
    ['PUBLIC_URL', 'ftp://voice.example.com'],
    ['PUBLIC_URL', 'https://voice.example.com/gateway'],
    ['PUBLIC_URL', 'https://voice.example.com?x=1'],
    ['PUBLIC_URL', 'https://user:secret@voice.example.com'],
    ['TWILIO_AUTH_TOKEN', 'short'],
    ['TWILIO_AUTH_TOKEN', 'with a space in it'],
    ['REDIS_URL', 'http://127.0.0.1:6379'],
    ['REDIS_URL', 'redis://a,b'],
    ['REDIS_URL', 'redis://a/1,redis://b'],
    ['REDIS_URL', 'redis://a/shop'],
    ['REDIS_URL', 'redis://:%zz@a'],
    ['REDIS_URL', 'rediss+sentinel://a'],
    ['DATABASE_URL', 'mysql://root@h/shop'],
    ['DATABASE_URL', 'shop'],
    ['SESSION_TTL_SECONDS', '0'],
    ['CUSTOMER_TTL_SECONDS', '604801'],
    ['AGENT', 'parrot'],
    ['REALTIME_URL', 'https://api.openai.com'],
    ['REALTIME_URL', 'wss://user:secret@models.example.com'],
    ['REALTIME_URL', 'wss://models.example.com/#there'],
    ['REALTIME_HEADERS', 'api-key: abc'],
    ['REALTIME_HEADERS', '["a"]'],
    ['REALTIME_HEADERS', '{"api-key":1}'],
    ['REALTIME_HEADERS', '{"a b":"c"}'],
    ['REALTIME_HEADERS', '{"a":"c\\nd"}'],
    ['REALTIME_HEADERS', '{"Sec-WebSocket-Key":"x"}'],
    ['REALTIME_LANGUAGE', 'English'],
    ['REALTIME_AUDIO', 'opus'],
    ['REALTIME_OFF', 'truncate, tools'],
    ['OPENAI_API_KEY', 'two words'],
    ['AGENT_INSTRUCTIONS_FILE', '/nowhere/at/all.txt'],
    ['AGENT_INSTRUCTIONS_FILE', '/'],
    ['SHOP_NAME', 'x'.repeat(61)],
    ['SHOP_NAME', 'two\nlines'],
    ['SHOP_TIMEZONE', 'Mars/Olympus'],
    ['SHOP_HOURS', 'always'],
    ['SHOP_HOURS', 'Mon-Fri 1-5'],
    ['SHOP_HOURS', 'closed'],
    ['SHOP_HOURS', 'Mon-Fri 08:00-08:00'],
    ['SHOP_HOURS', 'Mon-Fri 08:00-25:00'],
    ['SHOP_HOURS', 'Mon-Fry 08:00-17:00'],
    ['SHOP_HOURS', 'Mon-Fri 08:00-17:00, Fri'],
    ['SHOP_BAYS', '0'],
    ['TRANSFER_NUMBER', '5125550100'],
    ['TRANSFER_NUMBER', '+0125550100'],
    ['ADMIN_TOKEN', '123456789012345'],
    ['ADMIN_TOKEN', 'with a space in it'],
    ['ADMIN_TOKEN', ' space-around-the-token '],
    ['ADMIN_TOKEN', 'a-zero-width-\u200bspace-in-it'],
    ['ADMIN_TOKEN', '€€€€€€'],
    ['ADMIN_TOKEN', '😀😀😀😀😀😀😀😀'],
    ['KEEP_ALIVE_SECONDS', '0'],
    ['KEEP_ALIVE_SECONDS', '86401'],
    ['KEEP_ALIVE_SECONDS', '-1'],
    ['KEEP_ALIVE_SECONDS', '65.5'],
    ['KEEP_ALIVE_SECONDS', '10m'],
    ['MAX_CALLS', '0'],
    ['STREAM_START_TIMEOUT_MS', '99'],
    ['STREAM_IDLE_TIMEOUT_MS', '1e9'],
    ['RESUME_WINDOW_SECONDS', '0'],
    ['DRAIN_NOTICE_SECONDS', '61'],
    ['DRAIN_TIMEOUT_SECONDS', '86401'],
    ['REDIS_COMMAND_TIMEOUT_MS', '5'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%j in one line that names the setting', (name, value) => {
    const message = problemsOf({ [name]: value });
    expect(message).toMatch(/^The settings have a problem:\n/);
    expect(message.split('\n').slice(1)).toEqual([expect.stringMatching(new RegExp(`^ {2}${name} \\S+`))]);
  });

  it('names the part of the opening hours that cannot be read, and shows how they are written', () => {
    const message = problemsOf({ SHOP_HOURS: 'Mon-Fri 8-5, Sat 9 til late' });
    expect(message).toContain('SHOP_HOURS cannot be used. The opening hours "Sat 9 til late" ');
    expect(message).toContain('"Mon-Fri 08:00-17:00, Sat 09:00-12:00, Sun closed"');
  });

  it('lists every problem at once, conflicts between settings included', () => {
    const message = problemsOf({
      PORT: 'x',
      SHOP_BAYS: 'many',
      SHOP_HOURS: 'Mon 08:00-12:00, Mon 11:00-25:00',
      REDIS_URL: 'redis://a/1,redis://b',
      TWILIO_ACCOUNT_SID: SID,
      AGENT: 'parrot',
      LOG_LEVEL: 'loud',
    });
    expect(message).toMatch(/^The settings have 7 problems:/);
    for (const name of [
      'PORT',
      'SHOP_BAYS',
      'SHOP_HOURS',
      'REDIS_URL',
      'TWILIO_AUTH_TOKEN',
      'AGENT',
      'LOG_LEVEL',
    ]) {
      expect(message).toContain(`\n  ${name} `);
    }
  });

  it('wants the auth token together with an account SID', () => {
    expect(problemsOf({ TWILIO_ACCOUNT_SID: SID })).toContain('TWILIO_AUTH_TOKEN');
    const config = loadConfig({ TWILIO_ACCOUNT_SID: SID, TWILIO_AUTH_TOKEN: 'a-secret-token' });
    expect(config.twilio).toEqual({ accountSid: SID, authToken: 'a-secret-token' });
  });

  it('never repeats a value that was given, for it may be a secret', () => {
    const names = [
      'TWILIO_AUTH_TOKEN',
      'TWILIO_ACCOUNT_SID',
      'ADMIN_TOKEN',
      'REDIS_URL',
      'DATABASE_URL',
      'PUBLIC_URL',
      'TRANSFER_NUMBER',
      'PORT',
      'SHOP_HOURS',
      'AGENT',
      'REALTIME_URL',
      'REALTIME_HEADERS',
      'OPENAI_API_KEY',
      'AGENT_INSTRUCTIONS_FILE',
    ];
    const secret = fc.stringMatching(/^[A-Z]{4} [A-Z]{8,20}$/);
    fc.assert(
      fc.property(secret, fc.constantFrom(...names), (value, name) => {
        expect(problemsOf({ [name]: value })).not.toContain(value.slice(5));
      }),
    );
  });

  it('gives a config or BAD_CONFIG for any environment, nothing else', () => {
    const names = ['PORT', 'HOST', 'PUBLIC_URL', 'REDIS_URL', 'SHOP_HOURS', 'SHOP_TIMEZONE', '__proto__'];
    const anyEnv = fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(anyEnv, (env) => {
        try {
          loadConfig(env);
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_CONFIG' });
        }
      }),
    );
  });
});
