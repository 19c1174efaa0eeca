import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { INJECTED_FAULTS } from '../../../packages/twilio-simulator/src/fault-injector.js';
import { voiceNoise } from '../../../src/recordings/voice-noise.js';
import { parseCall, type Recording } from '../../../tools/recording/recording.js';
import { callDifferences } from '../../../tools/replay/call-differences.js';
import { callerScript } from '../../../tools/replay/caller-script.js';
import { differenceText, replayVerdict } from '../../../tools/replay/replay-verdict.js';
import { replayCall } from '../../../tools/replay/replayed-fixture.js';
import { fixtureFile, fixtureNames, loadFixture, replayFixture } from '../../support/replay-fixture.js';
import { SharedVoice } from '../../support/shared-voice.js';

const voice = new SharedVoice();
const names = await fixtureNames();
afterAll(() => voice.close());

describe('the recorded calls', () => {
  it('name nobody, and hold no audio of a name', async () => {
    const texts = await Promise.all(names.map((name) => readFile(fixtureFile(name), 'utf8')));
    expect(texts.join('')).not.toMatch(/Maria|Alvarez|\+1512555/);
    const hello = texts[names.indexOf('known-customer')] ?? '';
    expect(hello).toMatch(/"note":"words","text":"Hello, \w+\.","bytes":\d+,"hidden":true/);
  });

  it('do not tell the keys that proved who calls', async () => {
    const text = await readFile(fixtureFile('proves-who-calls'), 'utf8');
    const keys = [...text.matchAll(/"digit":"(.)"/g)].map(([, digit]) => digit);
    expect(keys.join('')).toBe('25555');
    expect(text).toContain('"what":"verify","with":["5555"],"gave":{"outcome":"verified"}');
  });

  it('are a dozen at least', () => {
    expect(names.length).toBeGreaterThanOrEqual(12);
  });

  it.for(names)(
    '%s goes as it was recorded, twice the same to the byte',
    { timeout: 60_000 },
    async (name) => {
      const first = await replayFixture(name, { voice });
      expect(first.verdict.join('\n')).toBe('');
      expect(first.text).toBe(await readFile(fixtureFile(name), 'utf8'));
      const second = await replayFixture(name, { voice });
      expect(second.text).toBe(first.text);
    },
  );

  it.for(INJECTED_FAULTS.flatMap((fault) => names.map((name) => [fault, name] as const)))(
    'with %s on the way: %s breaks nothing',
    async ([fault, name]) => {
      expect((await replayFixture(name, { voice, fault })).verdict).toEqual([]);
    },
  );

  it.for(names)('a store that never answers costs the caller of %s nothing', async (name) => {
    const { verdict } = await replayFixture(name, { voice, fault: 'redis-down' });
    // A call that was left without a word may go on at another gateway, which the store alone could tell: its row waits.
    if (name === 'no-stop') expect(verdict[0]).toBe('the call is not in the call log');
    else expect(verdict).toEqual([]);
  });
});

describe('a replay', () => {
  it('leaves the real clock and timers as they were', async () => {
    const [before, realTimeout] = [Date.now(), setTimeout];
    await replayFixture('hang-up-in-a-word', { voice });
    expect(setTimeout).toBe(realTimeout);
    expect(Math.abs(Date.now() - before)).toBeLessThan(60_000);
  });

  it('says which utterance and which state are not as they were', async () => {
    const text = await readFile(fixtureFile('key-interrupts'), 'utf8');
    const planted = text
      .replace('Which service?', 'What can we do for you?')
      .replace('"state":"collecting_info"', '"state":"booking"');
    const then = parseCall(planted, 'planted');
    const { streams } = await replayCall(then, voice);
    const told = callDifferences(then, streams).flatMap(differenceText).join('\n');
    expect(told).toContain('stream 1, utterance 2, at');
    expect(told).toMatch(/then: "What can we do for you\?/);
    expect(told).toMatch(/now: {2}"Which service\?/);
    expect(told).toMatch(/state \d+, at \d+\.\d{3} s\n {2}then: booking/);
  });

  it('notices other audio under the same words', async () => {
    const then = await loadFixture('hang-up-in-a-word');
    const louder = {
      synthesize: async (sentence: string) => {
        const speech = await voice.synthesize(sentence);
        return { ...speech, audio: Buffer.from(speech.audio.map((byte) => byte ^ 1)) };
      },
      close: async () => undefined,
    };
    const { streams } = await replayCall(then, louder);
    expect(callDifferences(then, streams)[0]).toMatchObject({
      kind: 'utterance',
      number: 1,
      is: expect.stringContaining('other audio'),
    });
  });

  it('of a caller whose voice was replaced by noise is interrupted where the voice was heard', async () => {
    const then = await loadFixture('voice-interrupts');
    const noise = voiceNoise();
    const replaced = then.map(({ header, lines, cut }): Recording => {
      const noisy = lines.map((line) => ('in' in line ? { ...line, in: inNoise(line.in, noise) } : line));
      return { header: { ...header, voice: 'replaced' }, lines: noisy, cut };
    });
    const { streams } = await replayCall(replaced, voice);
    expect(callDifferences(replaced, streams).flatMap(differenceText)).toEqual([]);
  });

  it('of a call that went to another gateway closes the stream where the first one was stopped', async () => {
    const text = await readFile(fixtureFile('reconnect'), 'utf8');
    const deployed = parseCall(text.replace('"end":"lost"', '"end":"closed"'), 'deployed');
    const { streams, faults } = await replayCall(deployed, voice);
    expect(faults).toEqual([]);
    expect(streams.map(({ lines }) => lines.find((line) => 'end' in line))).toMatchObject([
      { end: 'closed' },
      { end: 'stopped' },
    ]);
    // The session came from the store, as it does elsewhere.
    expect(streams[1]?.lines.at(-1)).toMatchObject({ row: { customer_id: expect.any(Number) } });
  });

  it('of a call whose gateway was killed goes as recorded, although the end of its stream was not', async () => {
    const text = await readFile(fixtureFile('reconnect'), 'utf8');
    const killed = text.replaceAll(',"clock":"virtual"', '').replace(/.*"end":"lost".*\n/, '');
    const then = parseCall(killed, 'killed');
    expect(then.map(({ lines }) => lines.some((line) => 'end' in line))).toEqual([false, true]);
    expect(replayVerdict(then, await replayCall(then, voice), null)).toEqual([]);
  });

  it('waits for the end of a stream as long as it took, and for the answers that came meanwhile', async () => {
    const text = await readFile(fixtureFile('booking'), 'utf8');
    // On a loaded machine the book answers, and the peer's end of the socket closes, half a second later.
    const late = `{"t":42376,"note":"asked","what":"confirm","with":[22],"took_ms":1000}\n{"t":42600,"end"`;
    const busy = text
      .replace(',"clock":"virtual"', '')
      .replace(/.*"what":"confirm".*\n/, '')
      .replace('{"t":42088,"end"', late)
      .replace('{"t":42108,"row"', '{"t":42620,"row"');
    const then = parseCall(busy, 'busy');
    expect(busy).toContain('"took_ms":1000');
    const replayed = await replayCall(then, voice);
    expect(replayVerdict(then, replayed, null)).toEqual([]);
    const again = await replayCall(replayed.streams, voice);
    expect(replayVerdict(replayed.streams, again, null)).toEqual([]);
  });

  it('does not take the wait for a lost mark for the time that a stream took to close', async () => {
    const text = await readFile(fixtureFile('booking'), 'utf8');
    const lost = `${text.slice(0, text.indexOf('{"t":42088,"in"'))}{"t":44088,"end":"closed"}\n`;
    const then = parseCall(lost.replace(',"clock":"virtual"', ''), 'lost');
    const at = { nextStreamAtMs: null, released: false };
    expect(then.map((recording) => callerScript(recording, at).closingMs)).toEqual([0]);
  });

  it('presses keys where they came in the conversation when a prompt takes longer', async () => {
    const then = await loadFixture('booking');
    const slower = {
      synthesize: async (sentence: string) => {
        const speech = await voice.synthesize(sentence);
        return { ...speech, audio: Buffer.concat([speech.audio, Buffer.alloc(8000, 0xff)]) };
      },
      close: async () => undefined,
    };
    const { streams } = await replayCall(then, slower);
    const row = streams.at(-1)?.lines.find((line) => 'row' in line);
    expect(row).toMatchObject({ row: { outcome: 'booked', interruptions: 0 } });
  });
});

function inNoise(
  message: Readonly<Record<string, unknown>>,
  noise: ReturnType<typeof voiceNoise>,
): Readonly<Record<string, unknown>> {
  const { media } = message;
  if (typeof media !== 'object' || media === null || !('payload' in media)) return message;
  const payload = noise(Buffer.from(String(media.payload), 'base64')).toString('base64');
  return { ...message, media: { ...media, payload } };
}
