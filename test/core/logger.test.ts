import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
import { createLogger, type Logger, maskPhoneNumbers, silentLogger } from '../../src/core/logger.js';

interface Written {
  readonly logger: Logger;
  readonly text: () => string;
  readonly last: () => Record<string, unknown>;
}

function written(level: 'info' | 'debug' = 'info'): Written {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } });
  return { logger, text: () => lines.join(''), last: () => JSON.parse(lines.at(-1) ?? 'null') };
}

const NUMBER = '+15551234567';
const digitsOf = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length });
const e164 = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 7, max: 14 }).chain((n) => digitsOf(n)),
  )
  .map(([first, rest]) => `+${first}${rest.join('')}`);

describe('createLogger', () => {
  it('writes one JSON line with an ISO time, the level by name and the message', () => {
    const { logger, last } = written();
    logger.info({ url: 'http://127.0.0.1:3000' }, 'listening');
    expect(last()).toMatchObject({ level: 'info', msg: 'listening', url: 'http://127.0.0.1:3000' });
    expect(new Date(String(last().time)).toISOString()).toBe(last().time);
    expect(last()).not.toHaveProperty('pid');
  });

  it('writes nothing below its level', () => {
    const { logger, text } = written();
    logger.debug('a detail');
    expect(text()).toBe('');
  });

  it.each([
    ['a message', (logger: Logger) => logger.info(`call from ${NUMBER} began`)],
    ['a field', (logger: Logger) => logger.info({ caller: NUMBER }, 'm')],
    ['a nested field', (logger: Logger) => logger.info({ a: { b: { c: [{ d: NUMBER }] } } }, 'm')],
    ['a key', (logger: Logger) => logger.info({ [`customer:${NUMBER}`]: 1 }, 'm')],
    ['the bindings of a child', (logger: Logger) => logger.child({ caller: NUMBER }).info('m')],
    ['an error', (logger: Logger) => logger.error({ err: new Error(`no customer ${NUMBER}`) }, 'm')],
    [
      'the cause of an error',
      (logger: Logger) =>
        logger.error(
          { err: new GatewayError('UNAVAILABLE', 'x', { cause: new Error(`at ${NUMBER}`) }) },
          'm',
        ),
    ],
    ['a URL', (logger: Logger) => logger.info({ path: '/api/customers?phone=%2B15551234567' }, 'm')],
    ['a text of JSON', (logger: Logger) => logger.info(JSON.stringify({ phone_number: NUMBER }))],
  ])('masks a phone number in %s', (_where, log) => {
    const { logger, text } = written();
    log(logger);
    expect(text()).toContain('1555***4567');
    expect(text()).not.toContain('15551234567');
  });

  it.each(['digit', 'digits', 'token', 'authToken', 'adminToken', 'authorization', 'signature'])(
    'never writes a %s, at the top or inside',
    (key) => {
      const { logger, text } = written();
      logger.info({ [key]: 'canary' }, 'm');
      logger.info({ a: { [key]: 'canary' } }, 'm');
      logger.info({ a: { b: { [key]: 'canary' } } }, 'm');
      logger.child({ [key]: 'canary' }).info('m');
      expect(text()).not.toContain('canary');
      expect(text().match(/\[redacted\]/g)).toHaveLength(4);
    },
  );

  it('never writes the signature or authorization header of a request', () => {
    const { logger, text } = written();
    logger.info(
      { headers: { 'x-twilio-signature': 'canary', authorization: 'canary' } },
      'directly below the top',
    );
    logger.info(
      { req: { headers: { 'x-twilio-signature': 'canary', authorization: 'canary' } } },
      'one deeper',
    );
    expect(text()).not.toContain('canary');
  });

  it('hides the token in the address of a stream, wherever it stands', () => {
    const { logger, text } = written();
    logger.info({ url: 'wss://shop.example.com/twilio/media/abc-_123?x=1' }, 'm');
    logger.info('GET /twilio/media/abc-_123 was refused');
    logger.info(`<Stream url="wss://shop.example.com/twilio/media/abc-_123"/>`);
    expect(text()).not.toContain('abc-_123');
    expect(text().match(/\/twilio\/media\/\[redacted\]/g)).toHaveLength(3);
  });

  it('keeps of an error its name, code, message and stack, and never what hangs on it', () => {
    const { logger, last, text } = written();
    const error = Object.assign(new Error('Command timed out'), {
      code: 'ETIMEDOUT',
      command: { name: 'set', args: ['session:CA1', 'my card number is'] },
      cause: Object.assign(new Error('inner'), { args: ['my card number is'] }),
    });
    logger.error({ err: error }, 'm');
    expect(last().err).toMatchObject({
      name: 'Error',
      code: 'ETIMEDOUT',
      message: 'Command timed out',
      stack: expect.stringContaining('logger.test'),
      cause: { message: 'inner' },
    });
    expect(text()).not.toContain('card');
  });

  it('does not follow a ring of causes for ever', () => {
    const { logger, last } = written();
    const error = new Error('ring');
    error.cause = error;
    logger.error({ err: error }, 'm');
    expect(last()).toMatchObject({ err: { message: 'ring' } });
  });

  it('masks any E.164 number in any text, and the line stays JSON', () => {
    fc.assert(
      fc.property(e164, fc.string({ maxLength: 20 }), (number, around) => {
        const { logger, text, last } = written();
        const before = around.replaceAll(/\d/g, '');
        logger.info({ nested: { note: `${before}${number}${before}` } }, `${before}${number} `);
        expect(text()).not.toContain(number);
        expect(last()).toMatchObject({ level: 'info' });
      }),
    );
  });

  it('leaves times, durations and all other numbers alone', () => {
    const numbers = fc.record({
      duration_ms: fc.nat(),
      epoch: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      share: fc.double({ noNaN: true, noDefaultInfinity: true }),
      big: fc.maxSafeInteger(),
      time: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      local: fc.constant('2026-11-24T09:30:00.000+01:00'),
      sid: fc.stringMatching(/^CA[0-9a-f]{32}$/),
      port: fc.integer({ min: 0, max: 65_535 }).map((port) => `http://127.0.0.1:${port}`),
    });
    fc.assert(
      fc.property(numbers, (fields) => {
        const { logger, last } = written();
        logger.info(fields, 'm');
        expect(last()).toMatchObject(JSON.parse(JSON.stringify(fields)));
      }),
    );
  });
});

describe('maskPhoneNumbers', () => {
  it.each([
    ['+15551234567', '+1555***4567'],
    ['+4915112345678', '+4915***5678'],
    ['%2B15551234567', '%2B1555***4567'],
    ['%2b15551234567', '%2b1555***4567'],
    ['tel:+15551234567;ext=1', 'tel:+1555***4567;ext=1'],
    ['+15551234567+15557654321', '+1555***4567+1555***4321'],
    ['+6421123456', '+642***3456'],
    ['+29012345', '+2***2345'],
    ['%252B15551234567', '%252B1555***4567'],
    ['+1 555 123 4567', '+1555***4567'],
    ['+1%20555%20123%204567', '+1555***4567'],
    ['+44 7911 123986', '+4479***3986'],
    ['15551234567', '1555***4567'],
    ['/api/customers/5551234567', '/api/customers/555***4567'],
    ['(555) 123-4567', '555***4567'],
    ['(555)%20123-4567', '555***4567'],
    ['1-555-123-4567, 555.123.4567.', '1555***4567, 555***4567.'],
    ['447911123986', '4479***3986'],
    ['at\\n5551234567', 'at\\n555***4567'],
    ['CA00005551234567aa and v1.5551234567', 'CA00005551234567aa and v1.5551234567'],
    ['{"bytes":5551234567,"all":[5551234567,1]}', '{"bytes":5551234567,"all":[5551234567,1]}'],
    ['call 911 or +1', 'call 911 or +1'],
  ])('%s becomes %s', (given, masked) => {
    expect(maskPhoneNumbers(given)).toBe(masked);
  });

  it('hides at least three digits of every number', () => {
    fc.assert(
      fc.property(e164, (number) => {
        const shown = maskPhoneNumbers(number).replaceAll(/\D/g, '').length;
        expect(shown).toBeLessThanOrEqual(number.length - 1 - 3);
      }),
    );
  });
});

describe('silentLogger', () => {
  it('logs nothing at any level', () => {
    expect(silentLogger().isLevelEnabled('fatal')).toBe(false);
  });
});
