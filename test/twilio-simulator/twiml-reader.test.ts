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
    [' <?xml version="1.0"?><Response/>', 'an element name'],
    ['<Response><!-- never ended</Response>', 'an element name'],
    ['<Response a="1" a="2"/>', 'only once'],
    ['', 'expected "<"'],
  ])('refuses %s', (source, reason) => {
    expect(() => readTwiml(source)).toThrow(reason);
  });

  it.each([
    ['<Gather/>', '<Gather>'],
    ['<say>Hi</say>', '<say>'],
    ['<Start><Stream url="wss://x/"/></Start>', '<Start>'],
    ['<Connect><ConversationRelay url="wss://x/"/></Connect>', '<ConversationRelay> in <Connect>'],
    ['<Connect><Stream url="wss://x/"><Text/></Stream></Connect>', '<Text> in <Stream>'],
    ['<Dial><Sip>sip:jo@x</Sip></Dial>', '<Sip> in <Dial>'],
    ['<Dial><Number>+1</Number><Number>+2</Number></Dial>', 'more than one number in <Dial>'],
    ['<Hangup reason="x"/>', 'the attribute reason of <Hangup>'],
    ['<Dial><Number colour="x">+1</Number></Dial>', 'the attribute colour of <Number>'],
  ])('tells what it cannot play: %s', (verb, what) => {
    expect(readTwiml(`<Response><Hangup/>${verb}</Response>`)).toEqual([
      { verb: 'hangup' },
      { verb: 'unplayed', what },
    ]);
  });

  it('takes what Twilio documents of <Dial> and <Number>', () => {
    const source =
      '<Response><Dial recordingStatusCallback="/r" ringTone="us" referUrl="/x"><Number statusCallback="/s" machineDetection="Enable">+1</Number></Dial></Response>';
    expect(readTwiml(source)).toEqual([{ verb: 'dial', number: '+1', action: null }]);
  });

  it.each([
    [
      '<Say><emphasis>Only</emphasis> in <prosody rate="slow">the <s>markup</s></prosody></Say>',
      'Only in the markup',
    ],
    ['<Say>Call <say-as interpret-as="telephone">512</say-as> now</Say>', 'Call 512 now'],
    ['<Say><break time="1s"/></Say>', ''],
    ['<Say><![CDATA[Tom & <Jerry>]]></Say>', 'Tom & <Jerry>'],
  ])('reads the words of %s', (say, text) => {
    expect(readTwiml(`<Response>${say}</Response>`)).toEqual([{ verb: 'say', text }]);
  });

  it('reads the same document with comments before, behind and within it', () => {
    const comment = fc.string().filter((text) => !text.includes('--') && !text.endsWith('-'));
    const comments = fc.array(comment).map((all) => all.map((text) => `<!--${text}-->`).join('\n'));
    const declaration = fc.constantFrom('', '<?xml version="1.0" encoding="UTF-8"?>');
    fc.assert(
      fc.property(declaration, comments, comments, comments, (head, before, within, behind) => {
        const source = `${head}${before}<Response>${within}<Hangup/></Response>${behind}\n`;
        expect(readTwiml(source)).toEqual([{ verb: 'hangup' }]);
      }),
    );
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
