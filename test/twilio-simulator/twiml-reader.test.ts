import fc from 'fast-check';
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { describe, expect, it } from 'vitest';
import { readTwiml } from '../../packages/twilio-simulator/src/twiml-reader.js';
import { readXml } from '../../packages/twilio-simulator/src/xml-reader.js';

describe('readTwiml', () => {
  it("reads the gateway's document", () => {
    const response = new VoiceResponse();
    const stream = response.connect({ action: 'https://x.example/twilio/voice/next' }).stream({
      url: 'wss://x.example/twilio/media/abc',
      statusCallback: 'https://x.example/twilio/stream-status',
    });
    stream.parameter({ name: 'caller', value: '"<&>\'é' });
    response.redirect({ method: 'POST' }, 'https://x.example/again?a=1&b=2');
    expect(readTwiml(response.toString())).toEqual([
      {
        verb: 'connect',
        action: { url: 'https://x.example/twilio/voice/next', method: 'POST' },
        stream: {
          url: 'wss://x.example/twilio/media/abc',
          name: null,
          statusCallback: { url: 'https://x.example/twilio/stream-status', method: 'POST' },
          parameters: { caller: '"<&>\'é' },
        },
      },
      { verb: 'redirect', request: { url: 'https://x.example/again?a=1&b=2', method: 'POST' } },
    ]);
  });

  it('reads say, pause, dial and hangup', () => {
    const source =
      '<Response><Say voice="alice">Hi</Say><Pause/><Dial action="/a"><Number>+15555550199</Number></Dial><Hangup/></Response>';
    expect(readTwiml(source)).toEqual([
      { verb: 'say', text: 'Hi' },
      { verb: 'pause', seconds: 1 },
      { verb: 'dial', number: '+15555550199', action: { url: '/a', method: 'POST' } },
      { verb: 'hangup' },
    ]);
  });

  it.each([
    ['<Hangup/>', 'The root of TwiML is <Response>'],
    ['<Response><Gather/></Response>', 'does not play <Gather>'],
    ['<Response><Hangup reason="x"/></Response>', '<Hangup> has no attribute reason'],
    ['<Response><Connect></Connect></Response>', 'needs exactly one <Stream>'],
    ['<Response><Connect><Stream/></Connect></Response>', '<Stream> has no url'],
    [
      '<Response><Connect><Stream url="wss://x/" track="both_tracks"/></Connect></Response>',
      'inbound track only',
    ],
    ['<Response><Say></Say></Response>', '<Say> is empty'],
    ['<Response><Redirect method="PUT">/x</Redirect></Response>', 'it may be GET or POST'],
    ['<Response><Say>a & b</Say></Response>', 'a known entity'],
    ['<Response><Say>Hi</Response>', 'expected "</Say"'],
    ['<Response><!DOCTYPE x></Response>', 'an element name'],
    ['<Response/><Response/>', 'nothing more after the root'],
    ['<Response a="1" a="2"/>', 'only once'],
    ['', 'expected "<"'],
  ])('refuses %s', (source, reason) => {
    expect(() => readTwiml(source)).toThrow(reason);
  });

  it('refuses a parameter of more than 500 characters', () => {
    const source = `<Response><Connect><Stream url="wss://x/"><Parameter name="a" value="${'b'.repeat(500)}"/></Stream></Connect></Response>`;
    expect(() => readTwiml(source)).toThrow('longer than 500');
  });

  // Twilio's library writes control characters as they are; XML 1.0 has no way to carry them.
  const text = fc
    .string({ unit: 'grapheme' })
    .filter((value) => !/\p{Cc}/u.test(value) && value.trim() !== '');

  it("reads back every text and attribute that Twilio's own library writes", () => {
    fc.assert(
      fc.property(text, text, (said, value) => {
        const response = new VoiceResponse();
        response.say(said);
        response.connect().stream({ url: 'wss://x/' }).parameter({ name: 'p', value });
        const [say, connect] = readTwiml(response.toString());
        expect(say).toEqual({ verb: 'say', text: said.trim() });
        expect(connect).toMatchObject({ stream: { parameters: { p: value } } });
      }),
    );
  });

  it('fails with a sentence, never otherwise, on any text', () => {
    fc.assert(
      fc.property(fc.string(), (source) => {
        try {
          readXml(`<Response>${source}</Response>`);
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_MESSAGE' });
        }
      }),
    );
  });
});
