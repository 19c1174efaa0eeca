import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { createMemoryStore, createRedisStore } from '../src/index.js';
import { logSink } from './support/log-sink.js';

const URL_TEXT = 'redis://:hunter2@127.0.0.1:1';
const NOT_TIMES = [
  null,
  Number.NaN,
  '500ms',
  '500',
  '',
  -1,
  0,
  Number.POSITIVE_INFINITY,
  1e12,
  true,
  5n,
  [500],
  {},
];
const NOT_URLS = [
  undefined,
  null,
  '',
  '  ',
  'localhost',
  'http://host',
  6379,
  ['redis://host'],
  {},
  new URL('redis://host'),
];

describe('The options of a Redis store', () => {
  it.each(NOT_URLS.map((url) => [url]))('are refused with the url %s', (url) => {
    expect(() => redisStore({ url })).toThrow(badConfig(/url/));
  });

  it.each(NOT_TIMES.map((time) => [time]))('are refused with %s for a time', (time) => {
    for (const name of ['commandTimeoutMs', 'sessionTtlSeconds', 'customerTtlSeconds']) {
      expect(() => redisStore({ url: URL_TEXT, [name]: time })).toThrow(badConfig(name));
    }
  });

  it.each([null, {}, 'debug', 7, { error: () => undefined }])(
    'are refused with %j for a logger',
    (logger) => {
      expect(() => redisStore({ url: URL_TEXT, logger })).toThrow(badConfig('logger'));
    },
  );

  it.each([null, 'log', {}])('are refused with %j for onFault', (onFault) => {
    expect(() => redisStore({ url: URL_TEXT, onFault })).toThrow(badConfig('onFault'));
  });

  it.each([undefined, null, 'redis://host', 7, []])('are refused when they are %j', (options) => {
    expect(() => redisStore(options)).toThrow(badConfig(/createRedisStore/));
  });

  it('are refused with a name that is none, and with all that is wrong at once', () => {
    expect(() => redisStore({ url: URL_TEXT, commandTimeout: 500 })).toThrow(
      badConfig(/commandTimeout is not an option.*commandTimeoutMs/),
    );
    expect(() => redisStore({ url: 'no', ttl: 1, sessionTtlSeconds: 0 })).toThrow(
      badConfig(/url.*; .*ttl .*; sessionTtlSeconds|ttl .*; url.*; sessionTtlSeconds/s),
    );
  });

  it('are never repeated where they are text: that may be a password', () => {
    for (const options of [{ url: `${URL_TEXT}/zero` }, { url: URL_TEXT, commandTimeoutMs: 'hunter2' }]) {
      expect(() => redisStore(options)).not.toThrow(/hunter2/);
    }
  });

  it('may be undefined where there is a default, fractions and inherited', async () => {
    const options = {
      commandTimeoutMs: 250.5,
      sessionTtlSeconds: undefined,
      customerTtlSeconds: 0.5,
      onFault: undefined,
    };
    const store = redisStore(Object.assign(Object.create({ url: URL_TEXT }), options));
    await store.close();
  });
});

describe('The options of a store in process', () => {
  it('may be those of a Redis store, which it does not use', async () => {
    await memoryStore({ url: '', commandTimeoutMs: -1, onFault: null }).close();
    await memoryStore(undefined).close();
  });

  it.each(NOT_TIMES.map((time) => [time]))('are refused with %s for a time', (time) => {
    for (const name of ['sessionTtlSeconds', 'customerTtlSeconds']) {
      expect(() => memoryStore({ [name]: time })).toThrow(badConfig(name));
    }
  });

  it.each([null, 7, [], { logger: null }, { ttlSeconds: 5 }])('are refused when they are %j', (options) => {
    expect(() => memoryStore(options)).toThrow(badConfig(/createMemoryStore/));
  });
});

describe('What a program does with a fault', () => {
  const unhandled = vi.fn();
  afterEach(() => process.off('unhandledRejection', unhandled));

  it.each([
    [
      'throws',
      () => {
        throw new Error('full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('full'))],
  ])('is logged when it %s, and nothing else', async (_name, onFault) => {
    process.on('unhandledRejection', unhandled);
    const { logger, lines } = logSink();
    const store = createRedisStore({ url: 'redis://127.0.0.1:1', logger, onFault });
    expect(await store.setSession('CA1', {})).toBe(false);
    await store.close();
    expect(lines().map(({ msg }) => msg)).toContain('onFault failed');
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe.each([
  ['Redis', () => createRedisStore({ url: inject('redisUrl') })],
  ['this process', () => createMemoryStore()],
])('A call of the store in %s', (_name, create) => {
  it.each([...NOT_TIMES, undefined].filter((time) => time !== undefined).map((time) => [time]))(
    'is rejected with %s for its time to live',
    async (time) => {
      const store = create();
      await expect(Reflect.apply(store.setSession, store, ['CA1', {}, time])).rejects.toThrow(
        badRequest('time to live'),
      );
      await expect(Reflect.apply(store.cacheCustomer, store, ['+1', {}, time])).rejects.toThrow(
        badRequest('time to live'),
      );
      await store.close();
    },
  );

  it.each([[undefined], [null], [''], [7], [['CA1']], [{}], [Symbol('CA')], ['\ud800']])(
    'is rejected with %s for its key',
    async (key) => {
      const store = create();
      for (const method of [store.setSession, store.getSession, store.updateSession, store.deleteSession]) {
        await expect(Reflect.apply(method, store, [key, {}])).rejects.toThrow(badRequest('CallSid'));
      }
      for (const method of [store.cacheCustomer, store.getCachedCustomer, store.invalidateCustomerCache]) {
        await expect(Reflect.apply(method, store, [key, {}])).rejects.toThrow(badRequest('phone number'));
      }
      await store.close();
    },
  );
});

function redisStore(options: unknown) {
  return Reflect.apply(createRedisStore, undefined, [options]);
}

function memoryStore(options: unknown) {
  return Reflect.apply(createMemoryStore, undefined, [options]);
}

function badConfig(message: string | RegExp) {
  return expect.objectContaining({
    name: 'GatewayError',
    code: 'BAD_CONFIG',
    message: expect.stringMatching(message),
  });
}

function badRequest(message: string) {
  return expect.objectContaining({
    name: 'GatewayError',
    code: 'BAD_REQUEST',
    message: expect.stringContaining(message),
  });
}
