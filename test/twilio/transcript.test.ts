import { describe, expect, it, vi } from 'vitest';
import { toneVoice } from '../../packages/realtime-simulator/src/audio/tone-voice.js';
import type { Sayable, SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { soundsOf } from '../../src/twilio/spoken-sounds.js';
import { Utterance } from '../../src/twilio/utterance.js';
import { SpeakingPace } from '../../src/twilio/word-places.js';
import { PlainSpeech } from '../support/plain-speech.js';

const TEXT = 'We open at eight. Shall I book you in for Monday morning then?';
const EVERYTHING = 1_000_000;

function transcribed(onTranscribed?: (text: string) => void) {
  return new Utterance(
    {
      transcribedAt: new SpeakingPace(),
      onEnd: () => undefined,
      onTranscribed: (_, { text }) => onTranscribed?.(text),
    },
    () => undefined,
  );
}

function push(utterance: Utterance, audio: Uint8Array, partBytes = 1600): void {
  for (let at = 0; at < audio.length; at += partBytes)
    utterance.push({ text: '', audio: Buffer.from(audio.subarray(at, at + partBytes)) });
}

/** A whole utterance that was sent and cut off when so much of it was heard. */
function cutAt(heardMs: number, text = TEXT) {
  const utterance = transcribed();
  push(utterance, toneVoice(text));
  utterance.transcribe(text, true);
  utterance.end();
  utterance.take(EVERYTHING, 0);
  return utterance.finish(heardMs, true);
}

/** When this many words of a text have been said, by the tones themselves. */
const saidMs = (text: string, words: number) =>
  toneVoice(text.split(' ').slice(0, words).join(' ')).length / 8 -
  (/[.!?]$/.test(text.split(' ')[words - 1] ?? '') ? 250 : 60);

/** Speech that is fast at first and slow then, with so much silence behind it. */
function unevenSpeech(silentMs = 0): Buffer {
  const speech = new PlainSpeech();
  for (const [i, word] of TEXT.split(' ').entries()) {
    for (const { kind, ms } of soundsOf(word, word.endsWith('.'))) speech.say(kind, ms * (i < 6 ? 0.6 : 1.6));
    if (word.endsWith('.')) speech.say('pause', 300);
  }
  speech.say('pause', silentMs);
  return speech.audio;
}

/** What was heard when it ends every tenth of a second. */
function heardOf(audio: Buffer, isGone: boolean): string[] {
  return Array.from({ length: 40 }, (_, n) => {
    const utterance = transcribed();
    push(utterance, audio);
    utterance.transcribe(TEXT, true);
    utterance.end();
    utterance.take(EVERYTHING, 0);
    return utterance.finish(100 * n, true, isGone).text;
  });
}

describe('words that are cut off', () => {
  it('are placed by how they sound, but not for a stream that is gone, nor in long audio', () => {
    const [short, long] = [unevenSpeech(), unevenSpeech(20_000)];
    expect(heardOf(short, false)).not.toEqual(heardOf(short, true));
    expect(heardOf(long, false)).toEqual(heardOf(long, true));
  });
});

describe('words that come apart from their audio', () => {
  it('are heard as far as they were said', () => {
    expect(cutAt(0).text).toBe('');
    expect(cutAt(saidMs(TEXT, 4) + 100).text).toBe('We open at eight.');
    expect(cutAt(saidMs(TEXT, 4) - 20).text).not.toContain('eight');
    expect(cutAt(saidMs(TEXT, 9) - 20).text).not.toContain('in');
    expect(TEXT.startsWith(cutAt(saidMs(TEXT, 9) + 20).text)).toBe(true);
  });

  it('are all heard when it was played to its end, whenever they came', () => {
    const utterance = transcribed();
    push(utterance, toneVoice(TEXT));
    utterance.end();
    utterance.take(EVERYTHING, 0);
    utterance.transcribe('We open', false);
    expect(utterance.finish(EVERYTHING, false).text).toBe('We open');
  });

  it('are told when they come after its end, until they are complete', () => {
    const told = vi.fn();
    const utterance = transcribed(told);
    push(utterance, toneVoice(TEXT));
    utterance.end();
    utterance.take(EVERYTHING, 0);
    const heard = utterance.finish(saidMs(TEXT, 4) + 100, true);
    expect(heard.text).toBe('…');
    utterance.transcribe(TEXT, true);
    expect(told).toHaveBeenLastCalledWith('We open at eight.');
    utterance.transcribe('Something else', true);
    expect(told).toHaveBeenCalledTimes(1);
    expect(utterance.fullText).toBe(TEXT);
  });

  it('are not heard beyond the audio that came, though they run ahead of it', () => {
    const utterance = transcribed();
    push(utterance, toneVoice(TEXT).subarray(0, saidMs(TEXT, 4) * 8));
    utterance.transcribe(TEXT, true);
    utterance.take(EVERYTHING, 0);
    const { text } = utterance.finish(EVERYTHING, true);
    expect('We open at eight.').toContain(text);
    expect(utterance.fullText).toBe(TEXT);
  });

  it('are told as a guess when their audio begins to go out, sentences that bring theirs along are not', () => {
    const utterance = transcribed();
    push(utterance, toneVoice(TEXT));
    utterance.transcribe(TEXT, true);
    utterance.interject({ text: 'One moment, please.', audio: Buffer.alloc(8000) });
    utterance.end();
    utterance.take(EVERYTHING, 0);
    const begun = utterance.begun().map(({ text, guessed }) => [text, guessed]);
    expect(begun).toEqual([
      [TEXT, true],
      ['One moment, please.', undefined],
    ]);
  });

  it('do nothing on an utterance that was not opened for them, of which nothing is kept', () => {
    const utterance = new Utterance({ onEnd: () => undefined }, () => undefined);
    push(utterance, toneVoice(TEXT));
    utterance.transcribe(TEXT, true);
    utterance.take(EVERYTHING, 0);
    expect(utterance.begun()).toEqual([]);
    expect(utterance.finish(1000, true)).toMatchObject({ text: '', unheard: [] });
    expect(utterance.fullText).toBe('');
  });

  it('surround a word that bridges a pause of their speaker', () => {
    const utterance = transcribed();
    const voice = toneVoice(TEXT);
    const half = saidMs(TEXT, 4) * 8 + 800;
    push(utterance, voice.subarray(0, half));
    utterance.interject({ text: 'One moment, please.', audio: Buffer.alloc(8000) });
    push(utterance, voice.subarray(half));
    utterance.transcribe(TEXT, true);
    utterance.end();
    utterance.take(EVERYTHING, 0);
    const whole = 'We open at eight. One moment, please. Shall I book you in for Monday morning then?';
    expect(utterance.fullText).toBe(whole);
    expect(utterance.finish((half + 8000) / 8 + 10, true).text).toBe('We open at eight. One moment, please.');
  });
});

/** Those that need not be made any more. */
function madeOf(unheard: readonly Sayable[]): SpokenPiece[] {
  return unheard.flatMap((piece) => (piece === null || piece instanceof Promise ? [] : [piece]));
}

function firstOf(unheard: readonly Sayable[]): SpokenPiece {
  const [first] = madeOf(unheard);
  if (!first) throw new Error('All of it was heard.');
  return first;
}

describe('what was not heard of words that came apart from their audio', () => {
  it('goes on from the beginning of the first sentence that was not heard to its end, at a pause, with its words', () => {
    const { unheard } = cutAt(saidMs(TEXT, 7));
    expect(unheard).toMatchObject([{ text: 'Shall I book you in for Monday morning then?' }]);
    const voice = toneVoice(TEXT);
    const { audio: rest } = firstOf(unheard);
    expect(rest.equals(voice.subarray(voice.length - rest.length))).toBe(true);
    expect(voice.length / 8 - rest.length / 8).toBeGreaterThan(saidMs(TEXT, 4));
    expect(voice.length / 8 - rest.length / 8).toBeLessThanOrEqual(saidMs(TEXT, 4) + 250);
  });

  it('of a long sentence goes on from a clause', () => {
    const text = `We could take the car in on Monday at nine in the morning, or on Tuesday whenever it suits you.`;
    const pieces = madeOf(cutAt(saidMs(text, 15), text).unheard);
    expect(pieces.map((piece) => piece.text)).toEqual(['or on Tuesday whenever it suits you.']);
  });

  it('is all of it when nothing was heard, a piece for each sentence', () => {
    const pieces = madeOf(cutAt(0).unheard);
    expect(pieces.map(({ text }) => text).join(' ')).toBe(TEXT);
    expect(Buffer.concat(pieces.map(({ audio }) => audio)).equals(toneVoice(TEXT))).toBe(true);
  });

  it('can be said again and cut again', () => {
    const first = firstOf(cutAt(saidMs(TEXT, 7)).unheard);
    const again = new Utterance({ planned: [], onEnd: () => undefined }, () => undefined);
    again.push(first);
    again.take(EVERYTHING, 0);
    expect(again.finish(0, true).unheard).toEqual([first]);
  });
});
