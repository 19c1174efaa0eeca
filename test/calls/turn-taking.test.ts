import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeStream, PhoneHouse, type ScriptedAgent, settle, words } from '../support/phone-house.js';
import { speechClips } from '../support/speech-clips.js';
import { createSpokenDetector, frameWith } from '../support/spoken-detector.js';

const PROMPT = [words('aa bb cc dd ee ff'), words('gg hh ii jj kk ll')];
const UNHEARD = 'false start, 1 unheard';
let house: PhoneHouse;
let stream: FakeStream;

beforeEach(async () => {
  vi.useFakeTimers();
  house = new PhoneHouse({ createDetector: createSpokenDetector });
  house.script = {
    turnDetection: 'local',
    onStart: (agent: ScriptedAgent) => void agent.control.say(PROMPT),
  };
  stream = await house.call();
});
afterEach(async () => {
  await house.memory.close();
  vi.useRealTimers();
});

const speak = (type: Parameters<typeof frameWith>[0]) => stream.hear(frameWith(type));
const events = () => house.agent.events;
const history = () => house.agent.control.session.data.conversation_history;
const clears = () => stream.events.filter((event) => event === 'clear').length;
const counted = async (name: 'falseStarts' | 'interruptions' | 'speechCandidates') =>
  (await house.metrics[name].get()).values.map(({ labels, value }) => ({ ...labels, value }));

describe('the speech of the caller', () => {
  it('cuts the agent off when it is accepted: Twilio told, the history cut, the agent told', async () => {
    await stream.pass(320);
    speak('accepted');
    expect(clears()).toBe(1);
    expect(house.agent.control.session.data.speaking).toBe(false);
    expect(events()).toEqual(['start false', 'interrupted after 300 ms: aa bb cc', 'speech from 320 ms']);
    expect(history()).toMatchObject([{ role: 'assistant', content: 'aa bb cc', interrupted: true }]);
    expect(await counted('interruptions')).toEqual([{ by: 'speech', value: 1 }]);
  });

  it('changes nothing while it is a candidate, nor when it was none', async () => {
    await stream.pass(320);
    speak('candidate');
    await stream.pass(40);
    speak('rejected');
    await stream.pass(1000);
    expect(clears()).toBe(0);
    expect(events()).toEqual(['start false']);
    expect(house.agent.control.session.data).toMatchObject({ speaking: true, interruptions: 0 });
    expect(await counted('speechCandidates')).toEqual([{ verdict: 'rejected', value: 1 }]);
  });

  it('is told to the agent with its end, also when nothing plays', async () => {
    await stream.pass(1400);
    stream.returnMarks();
    speak('accepted');
    await stream.pass(200);
    speak('ended');
    expect(events()).toEqual(['start false', 'speech from 1400 ms', 'speech until 1600 ms']);
    expect(house.agent.control.session.data.interruptions).toBe(0);
  });

  it('ends on a stream that sends no silence, for silence stands in for it', async () => {
    house = new PhoneHouse();
    house.script = { turnDetection: 'local' };
    const [clip] = await speechClips();
    if (!clip) throw new Error('There is no clip.');
    stream = await house.call();
    for (const frame of clip.frames.slice(0, clip.offsetMs / 20)) await stream.pass(20, frame);
    expect(events()).toHaveLength(2);
    await settle(2000);
    expect(events()).toHaveLength(3);
    expect(events()[2]).toMatch(/^speech until/);
  });

  it('is left to keys alone by an agent that listens to nothing else', async () => {
    house.script = { onStart: (agent) => void agent.control.say(PROMPT) };
    stream = await house.call(2);
    await stream.pass(320);
    speak('accepted');
    expect(clears()).toBe(0);
    expect(events()).toEqual(['start false']);
  });
});

describe('a false start', () => {
  /** A sound of the caller that takes so long. */
  async function interrupt(ms = 100) {
    speak('accepted');
    await stream.pass(ms);
    speak('ended');
  }

  it('is mended: after 2 s of silence the prompt goes on with the sentence that was not heard', async () => {
    await stream.pass(820);
    await interrupt();
    await stream.pass(1980);
    expect(events().at(-1)).toMatch(/^speech until/);
    await stream.pass(40);
    expect(events().at(-1)).toBe(UNHEARD);
    await stream.pass(800);
    stream.returnMarks();
    expect(history().map(({ content }) => content)).toEqual(['aa bb cc dd ee ff gg hh', 'gg hh ii jj kk ll']);
    expect(await counted('falseStarts')).toEqual([{ value: 1 }]);
  });

  it('is mended by the call itself for an agent with none but the five required members', async () => {
    const keys: string[] = [];
    house = new PhoneHouse({
      createDetector: createSpokenDetector,
      createAgent: (control) => ({
        turnDetection: 'local',
        start: () => void control.say(PROMPT),
        pushAudio: () => undefined,
        onDigit: (digit) => void keys.push(digit),
        stop: async () => undefined,
      }),
    });
    stream = await house.call();
    await stream.pass(320);
    await interrupt();
    await stream.pass(2040);
    expect(await counted('falseStarts')).toEqual([{ value: 1 }]);
    await stream.pass(1300);
    stream.returnMarks();
    stream.press('4');
    expect(keys).toEqual(['4']);
    const [session] = house.line.registry.liveSessions;
    const said = session?.conversation_history.map(({ content }) => content);
    expect(said).toEqual(['aa bb cc', 'aa bb cc dd ee ff gg hh ii jj kk ll', 'pressed 4']);
  });

  it('is none when the caller speaks again within the time', async () => {
    await stream.pass(320);
    await interrupt();
    await stream.pass(1900);
    speak('accepted');
    await stream.pass(5000);
    expect(events().some((event) => event.startsWith('false start'))).toBe(false);
    speak('ended');
    await stream.pass(2040);
    expect(events().at(-1)).toBe('false start, 2 unheard');
  });

  it('is none when the caller presses a key, when the agent answers, or when the call ends', async () => {
    await stream.pass(320);
    await interrupt();
    stream.press('1');
    await stream.pass(3000);
    expect(events().at(-1)).toBe('digit 1');
    void house.agent.control.say(PROMPT);
    await stream.pass(320);
    await interrupt();
    void house.agent.control.say([words('yes')]);
    await stream.pass(3000);
    expect(events().at(-1)).toMatch(/^speech until/);
    stream.stop();
    await settle(5000);
    expect(events().at(-1)).toBe('stop');
    expect(await counted('falseStarts')).toEqual([{ value: 0 }]);
  });

  it('that comes twice in a row makes a noisy line: only keys interrupt until one is pressed', async () => {
    for (let n = 0; n < 2; n++) {
      await stream.pass(320);
      await interrupt();
      await stream.pass(2040);
    }
    expect(events().filter((event) => event.startsWith('false start'))).toHaveLength(2);
    await stream.pass(320);
    await interrupt();
    expect(clears()).toBe(2);
    stream.press('1');
    expect(clears()).toBe(3);
    void house.agent.control.say(PROMPT);
    await stream.pass(320);
    await interrupt();
    expect(clears()).toBe(4);
  });
});

describe('the latencies that the caller lives through', () => {
  const finish = async () => {
    stream.stop();
    await settle();
    return house.recorded[0]?.latency;
  };

  it('are from the end of speech or a key to the first audio of the answer, the way back included', async () => {
    await stream.pass(1400);
    stream.returnMarks();
    speak('accepted');
    await stream.pass(300);
    speak('ended');
    await stream.pass(500);
    void house.agent.control.say([words('one')]);
    await stream.pass(200);
    stream.press('1');
    await settle(50);
    void house.agent.control.say([words('two')]);
    const latency = await finish();
    // The mark of the prompt came 200 ms after its audio must have been played.
    expect(latency?.mark_lag_ms).toEqual({ count: 1, median: 200, max: 200 });
    expect(latency?.response_ms).toEqual({ count: 2, median: 485, max: 720 });
  });

  it('are from the onset of speech or a key to silence, and of the greeting', async () => {
    await stream.pass(320);
    speak('accepted');
    const latency = await finish();
    expect(latency?.greeting_ms).toBe(0);
    expect(latency?.interruption_ms).toEqual({ count: 1, median: 20, max: 20 });
  });

  it('count no answer that nobody asked for', async () => {
    await stream.pass(1400);
    stream.returnMarks();
    void house.agent.control.say(PROMPT);
    expect((await finish())?.response_ms).toBeNull();
  });
});
