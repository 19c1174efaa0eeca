import fc from 'fast-check';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, it } from 'vitest';
import { type Form, SignatureChecker, streamOrigin } from '../../src/twilio/signature.js';
import { runs } from '../support/property-runs.js';

const TOKEN = '12345abcdef67890';
const ORIGIN = 'https://voice.example.com';
const PATH = '/twilio/voice';
const MEDIA = '/twilio/media/abc-_123';
const FORM: Form = { CallSid: 'CA1', From: '+15551234567', To: '+15125550100', Empty: '' };

const checker = new SignatureChecker(TOKEN, () => ORIGIN);
const sign = (url: string, form: Form = {}, token = TOKEN) =>
  webhooks.getExpectedTwilioSignature(token, url, form);

describe('a webhook', () => {
  it('passes with the signature that Twilio makes', () => {
    expect(checker.isValidForm(PATH, FORM, sign(`${ORIGIN}${PATH}`, FORM))).toBe(true);
    expect(checker.isValidForm(PATH, {}, sign(`${ORIGIN}${PATH}`))).toBe(true);
  });

  it('passes the example of the documentation', () => {
    const example = new SignatureChecker('12345', () => 'https://mycompany.com');
    const form = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675309',
      Digits: '1234',
      From: '+14158675309',
      To: '+18005551212',
    };
    expect(example.isValidForm('/myapp.php?foo=1&bar=2', form, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=')).toBe(true);
  });

  it('passes with the port that Twilio may name, and with or without a trailing slash', () => {
    for (const url of [`${ORIGIN}:443${PATH}`, `${ORIGIN}${PATH}/`, `${ORIGIN}:443${PATH}/`]) {
      expect(checker.isValidForm(PATH, FORM, sign(url, FORM))).toBe(true);
    }
    expect(checker.isValidForm(`${PATH}/`, FORM, sign(`${ORIGIN}${PATH}`, FORM))).toBe(true);
  });

  describe.each([
    ['capitals', 'https://Voice.Shop.Example', 'https://voice.shop.example'],
    ['a scheme in capitals', 'HTTPS://VOICE.SHOP.EXAMPLE', 'https://voice.shop.example'],
    ['a slash at the end', 'https://Voice.Shop.Example/', 'https://voice.shop.example'],
    ['spaces around', ' https://Voice.Shop.Example ', 'https://voice.shop.example'],
    ['an international name', 'https://Wörkstatt.example', 'https://xn--wrkstatt-n4a.example'],
    ['a name in Chinese', 'https://汽车.example', 'https://xn--4tws85e.example'],
    ['a long IPv6 address', 'https://[2001:0DB8:0:0:0:0:0:1]', 'https://[2001:db8::1]'],
    ['a short IPv4 address', 'http://10.1', 'http://10.0.0.1'],
    ['its port written out', 'https://Voice.Shop.Example:443', 'https://voice.shop.example'],
    ['the port of HTTP written out', 'http://Voice.Shop.Example:80', 'http://voice.shop.example'],
    ['another port', 'https://Voice.Shop.Example:8443', 'https://voice.shop.example:8443'],
    ['another port behind IPv6', 'https://[2001:DB8:0::1]:8443', 'https://[2001:db8::1]:8443'],
    ['zeros before the port', 'https://voice.shop.example:08443', 'https://voice.shop.example:8443'],
  ])('for an origin that is written with %s', (_what, written, parsed) => {
    const odd = new SignatureChecker(TOKEN, () => new URL(written).origin, written);
    const [plain, port] = [written.trim().replace(/\/$/, ''), /:(\d+)$/.exec(parsed)?.[0]];

    it('passes signed as written and as parsed', () => {
      for (const origin of [plain, parsed])
        expect(odd.isValidForm(PATH, FORM, sign(`${origin}${PATH}`, FORM))).toBe(true);
    });

    it('passes signed with and without its port, and no other', () => {
      const bare = parsed.slice(0, parsed.length - (port?.length ?? 0));
      const standard = bare.startsWith('https') ? ':443' : ':80';
      for (const end of ['', port ?? standard])
        expect(odd.isValidForm(PATH, FORM, sign(`${bare}${end}${PATH}`, FORM))).toBe(true);
      for (const end of [':1', ':8080', ...(port ? [standard] : [])])
        expect(odd.isValidForm(PATH, FORM, sign(`${bare}${end}${PATH}`, FORM))).toBe(false);
    });

    it('takes the upgrade of a stream the same way', () => {
      for (const origin of [parsed, port ? parsed.slice(0, -port.length) : parsed]) {
        const url = `${origin.replace(/^http/, 'ws')}${MEDIA}`;
        expect(odd.isValidUpgrade(MEDIA, sign(url))).toBe(true);
      }
      expect(odd.isValidUpgrade(MEDIA, sign(`${parsed}${MEDIA}`))).toBe(false);
    });

    it('is refused when it was signed for another host', () => {
      for (const host of [
        'https://other.example',
        'https://shop.example',
        `${parsed}.example`,
        `${parsed}@x`,
      ])
        expect(odd.isValidForm(PATH, FORM, sign(`${host}${PATH}`, FORM))).toBe(false);
    });
  });

  it('passes signed for the international form of a name that is configured in its xn-- form', () => {
    const origin = 'https://voice.xn--wrkstatt-n4a.example';
    const idn = new SignatureChecker(TOKEN, () => origin, origin);
    expect(idn.isValidForm(PATH, FORM, sign(`https://voice.wörkstatt.example${PATH}`, FORM))).toBe(true);
  });

  it('takes all that the library of Twilio takes', () => {
    const hosts = fc.constantFrom('voice.example.com', 'Voice.Example.com', '[2001:db8::1]', '10.0.0.1');
    const ports = fc.constantFrom('', ':443', ':80', ':8443');
    fc.assert(
      fc.property(hosts, ports, ports, fc.boolean(), (host, port, signed, isSecure) => {
        const scheme = isSecure ? 'https' : 'http';
        const [written, url] = [`${scheme}://${host}${port}`, `${scheme}://${host}${signed}${PATH}`];
        const mine = new SignatureChecker(TOKEN, () => new URL(written).origin, written);
        const signature = sign(url, FORM);
        const isTaken = webhooks.validateRequest(TOKEN, signature, `${written}${PATH}`, { ...FORM });
        if (isTaken) expect(mine.isValidForm(PATH, FORM, signature)).toBe(true);
      }),
    );
  });

  it('is bound to its query, to the letter', () => {
    const signature = sign(`${ORIGIN}${PATH}?attempt=2&name=O'Neil%20x`, FORM);
    expect(checker.isValidForm(`${PATH}?attempt=2&name=O'Neil%20x`, FORM, signature)).toBe(true);
    expect(checker.isValidForm(`${PATH}?attempt=3&name=O'Neil%20x`, FORM, signature)).toBe(false);
    expect(checker.isValidForm(PATH, FORM, signature)).toBe(false);
  });

  it('may repeat a parameter', () => {
    const form: Form = { ...FORM, MediaUrl: ['b', 'a', 'b'] };
    const signature = sign(`${ORIGIN}${PATH}`, form);
    expect(checker.isValidForm(PATH, form, signature)).toBe(true);
    expect(checker.isValidForm(PATH, { ...form, MediaUrl: 'a' }, signature)).toBe(false);
  });

  it.each([
    `http://voice.example.com${PATH}`,
    `wss://voice.example.com${PATH}`,
    `${ORIGIN}:8443${PATH}`,
    `${ORIGIN}:80${PATH}`,
    `https://other.example.com${PATH}`,
    `${ORIGIN}/twilio/voice/next`,
    `${ORIGIN}${PATH}//`,
  ])('is refused when Twilio signed %s', (url) => {
    expect(checker.isValidForm(PATH, FORM, sign(url, FORM))).toBe(false);
  });

  it('is refused with another token', () => {
    expect(checker.isValidForm(PATH, FORM, sign(`${ORIGIN}${PATH}`, FORM, 'another-token'))).toBe(false);
  });

  it('is refused when any parameter was added, dropped or changed', () => {
    const signature = sign(`${ORIGIN}${PATH}`, FORM);
    const { To: _dropped, ...less } = FORM;
    for (const form of [less, { ...FORM, More: '1' }, { ...FORM, From: '+15551234568' }]) {
      expect(checker.isValidForm(PATH, form, signature)).toBe(false);
    }
  });
});

describe('the upgrade of a stream', () => {
  const streamUrl = `wss://voice.example.com${MEDIA}`;

  it('passes signed as wss, with or without port and trailing slash', () => {
    for (const url of [
      streamUrl,
      `${streamUrl}/`,
      `wss://voice.example.com:443${MEDIA}`,
      `wss://voice.example.com:443${MEDIA}/`,
    ]) {
      expect(checker.isValidUpgrade(MEDIA, sign(url))).toBe(true);
    }
  });

  it.each([
    `https://voice.example.com${MEDIA}`,
    `ws://voice.example.com${MEDIA}`,
    `${streamUrl}?x=1`,
    `${streamUrl}x`,
    `wss://voice.example.com:80${MEDIA}`,
    'wss://voice.example.com/twilio/media/',
  ])('is refused signed as %s', (url) => {
    expect(checker.isValidUpgrade(MEDIA, sign(url))).toBe(false);
  });

  it('is signed as ws for a local origin', () => {
    const local = new SignatureChecker(TOKEN, () => 'http://localhost:3000');
    expect(local.isValidUpgrade(MEDIA, sign(`ws://localhost:3000${MEDIA}`))).toBe(true);
    expect(local.isValidUpgrade(MEDIA, sign(`ws://localhost${MEDIA}`))).toBe(true);
    expect(local.isValidUpgrade(MEDIA, sign(`http://localhost:3000${MEDIA}`))).toBe(false);
    expect(local.isValidUpgrade(MEDIA, sign(`ws://localhost:80${MEDIA}`))).toBe(false);
  });

  it('is signed for the address that the TwiML named', () => {
    expect(`${streamOrigin('https://voice.example.com')}${MEDIA}`).toBe(streamUrl);
    expect(streamOrigin('http://localhost:3000')).toBe('ws://localhost:3000');
  });
});

describe('a signature checker', () => {
  it('asks for the public origin each time, since the port of a local one is known late', () => {
    let origin = 'http://localhost:1';
    const late = new SignatureChecker(TOKEN, () => origin);
    origin = 'http://localhost:4711';
    expect(late.isValidForm(PATH, FORM, sign(`http://localhost:4711${PATH}`, FORM))).toBe(true);
    expect(late.isValidForm(PATH, FORM, sign(`http://localhost:1${PATH}`, FORM))).toBe(false);
  });

  it.each([undefined, null, '', 7, true, {}, [], ['a', 'b'], 'x'.repeat(5000), '\u0000'])(
    'refuses the header %j',
    (header) => {
      expect(checker.isValidForm(PATH, FORM, header)).toBe(false);
      expect(checker.isValidUpgrade(MEDIA, header)).toBe(false);
    },
  );

  it('does not take a good signature out of a list', () => {
    expect(checker.isValidUpgrade(MEDIA, [sign(`wss://voice.example.com${MEDIA}`)])).toBe(false);
  });

  it('never throws and never passes what nobody signed', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
      fc.constant(undefined),
    );
    const form = fc.dictionary(fc.string(), value);
    const header = fc.oneof(fc.string({ unit: 'binary' }), fc.anything(), fc.base64String());
    const path = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webPath(),
      fc.constantFrom(':99999999', '@x', '*'),
    );
    fc.assert(
      fc.property(path, form, header, (anyPath, anyForm, anyHeader) => {
        const passed = checker.isValidForm(anyPath, anyForm, anyHeader);
        return !passed && !checker.isValidUpgrade(anyPath, anyHeader);
      }),
      { numRuns: runs(500) },
    );
  });

  it('agrees with the reference on every form', () => {
    const form = fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(form, fc.webPath(), (anyForm, path) => {
        const signature = sign(`${ORIGIN}/x${path}`, anyForm);
        expect(checker.isValidForm(`/x${path}`, anyForm, signature)).toBe(true);
        expect(checker.isValidForm(`/y${path}`, anyForm, signature)).toBe(false);
      }),
    );
  });
});
