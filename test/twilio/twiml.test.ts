import { describe, expect, it } from 'vitest';
import { connectStream, dialPerson, hangUp, sayAndHangUp } from '../../src/twilio/twiml.js';

const XML = '<?xml version="1.0" encoding="UTF-8"?>';

describe('TwiML', () => {
  it('connects a stream and says what follows it, in this order', () => {
    const twiml = connectStream({
      streamUrl: 'wss://voice.example.com/twilio/media/abc',
      nextUrl: 'https://voice.example.com/twilio/voice/next',
      statusUrl: 'https://voice.example.com/twilio/stream-status',
      parameters: { hop: '0', lang: 'en' },
    });
    expect(twiml).toBe(
      `${XML}<Response>` +
        '<Connect action="https://voice.example.com/twilio/voice/next" method="POST">' +
        '<Stream url="wss://voice.example.com/twilio/media/abc"' +
        ' statusCallback="https://voice.example.com/twilio/stream-status" statusCallbackMethod="POST">' +
        '<Parameter name="hop" value="0"/><Parameter name="lang" value="en"/>' +
        '</Stream></Connect>' +
        '<Redirect method="POST">https://voice.example.com/twilio/voice/next</Redirect></Response>',
    );
  });

  it('escapes what is markup in XML', () => {
    const twiml = connectStream({
      streamUrl: 'wss://h/"><Hangup/>',
      nextUrl: 'https://h/?a=1&b=<2>',
      statusUrl: 'https://h/s',
      parameters: { 'a"b': `<'&">` },
    });
    expect(twiml).toContain('url="wss://h/&quot;>&lt;Hangup/>"');
    expect(twiml).toContain('>https://h/?a=1&amp;b=&lt;2&gt;</Redirect>');
    expect(twiml).toContain(`name="a&quot;b" value="&lt;'&amp;&quot;>"`);
    expect(sayAndHangUp('Smith & Sons <3>')).toContain('>Smith &amp; Sons &lt;3&gt;</Say>');
  });

  it('hangs up', () => {
    expect(hangUp()).toBe(`${XML}<Response><Hangup/></Response>`);
  });

  it('says a sentence and hangs up', () => {
    expect(sayAndHangUp('Goodbye.')).toBe(
      `${XML}<Response><Say language="en-US">Goodbye.</Say><Hangup/></Response>`,
    );
  });

  it('dials a person who sees the number that is given as the caller', () => {
    const person = { number: '+15125550100', actionUrl: '/next', callerId: '+15125550199' };
    expect(dialPerson(person)).toContain(' callerId="+15125550199">+15125550100</Dial>');
  });

  it('dials a person, with a sentence before it if there is one', () => {
    const dial =
      '<Dial action="https://h/next" method="POST" timeout="25" answerOnBridge="true">+15125550100</Dial>';
    const person = { number: '+15125550100', actionUrl: 'https://h/next' };
    expect(dialPerson(person)).toBe(`${XML}<Response>${dial}</Response>`);
    expect(dialPerson({ ...person, sentence: 'One moment.' })).toBe(
      `${XML}<Response><Say language="en-US">One moment.</Say>${dial}</Response>`,
    );
  });
});
