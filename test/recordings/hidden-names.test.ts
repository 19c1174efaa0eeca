import { describe, expect, it } from 'vitest';
import { withAnnotations } from '../../src/recordings/annotated-answers.js';
import { Pseudonyms } from '../../src/recordings/pseudonyms.js';
import { type Happening, RecordedLines } from '../../src/recordings/recorded-lines.js';
import type { StreamAnnotation } from '../../src/twilio/stream-observer.js';
import { parseRecording, type RecordedLine } from '../../tools/recording/recording.js';
import { callSidOf } from '../support/stream-messages.js';

const CUSTOMER = {
  id: 7,
  phone_number: '+15125550100',
  first_name: 'Maria',
  last_name: 'Alvarez-Ruiz',
  email: 'maria.alvarez@example.org',
  vehicles: [{ id: 1, make: 'Toyota', model: 'Camry', year: 2019, vin: '4T1B11HK5KU200123' }],
};
const LOOKED_UP: StreamAnnotation = {
  note: 'asked',
  what: 'lookUp',
  with: ['+15125550100'],
  gave: CUSTOMER,
  took_ms: 3,
};

function recorded(happenings: readonly Happening[], key: Buffer | null = Buffer.alloc(32, 5)) {
  const call = { callSid: callSidOf(1), from: '+15125550100', attestation: null, hop: 0 };
  const lines = new RecordedLines({ pseudonyms: new Pseudonyms(key), call, keepVoice: true, settings: {} });
  const text = lines.header(new Date(0)) + happenings.map((each) => lines.line(each)).join('');
  return { text, lines: parseRecording(text).lines };
}

const note = (value: StreamAnnotation): Happening => ({ at: 1, what: 'note', note: value });
const media = (audio: Buffer): Happening => ({
  at: 1,
  what: 'out',
  text: JSON.stringify({ event: 'media', streamSid: 'MZ1', media: { payload: audio.toString('base64') } }),
});
const clear: Happening = { at: 1, what: 'out', text: '{"event":"clear","streamSid":"MZ1"}' };
const words = (text: string, offset: number, bytes: number) => note({ note: 'words', text, offset, bytes });

function audioIn(lines: readonly RecordedLine[]): Buffer {
  return Buffer.concat(
    lines.flatMap((line) => {
      const sent = 'out' in line ? line.out.media : null;
      const has = typeof sent === 'object' && sent !== null && 'payload' in sent;
      return has ? [Buffer.from(String(sent.payload), 'base64')] : [];
    }),
  );
}

describe('the names of a customer in a recording', () => {
  it('are replaced in what was answered and said, the same way each time, and so is all that is personal', () => {
    const { text, lines } = recorded([
      note(LOOKED_UP),
      words('Hello, Maria.', 0, 800),
      { at: 2, what: 'row', row: { transcript: [{ content: 'Hello, Maria. Ms Alvarez-Ruiz?' }] } },
    ]);
    for (const secret of ['Maria', 'maria', 'Alvarez', 'example.org', '4T1B11', '5125550100'])
      expect(text).not.toContain(secret);
    expect(text).toContain('Camry');
    const said = lines.find((line) => 'note' in line && line.note === 'words');
    const [, name] = /Hello, (\w+)\./.exec(JSON.stringify(said)) ?? [];
    expect(text).toContain(`"first_name":"${name}"`);
    expect(JSON.stringify(lines.at(-1))).toContain(`Hello, ${name}. `);
    expect(said).toMatchObject({ hidden: true });
  });

  it('leave silence in the audio where they were said, wherever the messages are cut, and the rest to the byte', () => {
    const audio = Buffer.alloc(800, 0x21);
    const { lines } = recorded([
      note(LOOKED_UP),
      words('Welcome.', 0, 1000),
      media(audio),
      words('Hello, Maria.', 200, 1000),
      media(audio),
      words('Press 1.', 400, 2000),
      media(audio),
    ]);
    const kept = audioIn(lines);
    expect(kept.subarray(0, 1000).equals(Buffer.alloc(1000, 0x21))).toBe(true);
    expect(kept.subarray(1000, 2000).equals(Buffer.alloc(1000, 0xff))).toBe(true);
    expect(kept.subarray(2000).equals(Buffer.alloc(400, 0x21))).toBe(true);
  });

  it('hide nothing of what is said after they were cut off', () => {
    const audio = Buffer.alloc(800, 0x21);
    const { lines } = recorded([
      note(LOOKED_UP),
      words('Hello, Maria.', 0, 4000),
      media(audio),
      clear,
      words('Which service?', 0, 800),
      media(audio),
    ]);
    expect(audioIn(lines).subarray(800).equals(audio)).toBe(true);
  });

  it('are whole words: nobody is called by a part of one', () => {
    const will = { ...CUSTOMER, first_name: 'Ann', last_name: 'May' };
    const { text } = recorded([
      note({ ...LOOKED_UP, gave: will }),
      words('The annual check, Annie, may be due.', 0, 8),
    ]);
    expect(text).toContain('The annual check, Annie, may be due.');
  });

  it('stay as they are where they are pseudonyms already, and the sentence stays marked', () => {
    const { text } = recorded([note(LOOKED_UP), words('Hello, Maria.', 0, 800)], null);
    expect(text).toContain('"text":"Hello, Maria.","bytes":800,"hidden":true');
  });
});

it('a key that proves who calls is kept nowhere, nor what was asked with it', () => {
  const dtmf = (digit: string, secret: boolean): Happening => ({
    at: 1,
    what: 'in',
    text: JSON.stringify({ event: 'dtmf', dtmf: { digit } }),
    ...(secret ? { secret } : {}),
  });
  const { text } = recorded([
    dtmf('3', false),
    dtmf('8', true),
    note({ note: 'secret_key' }),
    note({ note: 'asked', what: 'verify', with: ['8642'], gave: { outcome: 'verified' }, took_ms: 1 }),
  ]);
  expect(text).toContain('"digit":"3"');
  expect(text).not.toMatch(/8642|"digit":"8"/);
});

describe('withAnnotations', () => {
  it('tells of methods and properties, of answers and failures, and changes nothing', async () => {
    const notes: StreamAnnotation[] = [];
    class Desk {
      readonly #open = true;
      readonly mayAsk = true;
      async ask(n: number): Promise<{ n: number; open: boolean }> {
        return { n, open: this.#open };
      }
      async fail(): Promise<void> {
        throw Object.assign(new Error('no'), { code: 'CONFLICT' });
      }
    }
    const desk = withAnnotations(new Desk(), { note: (each) => void notes.push(each) });
    expect(await desk.ask(4)).toEqual({ n: 4, open: true });
    await expect(desk.fail()).rejects.toThrow('no');
    expect(desk.mayAsk).toBe(true);
    expect(notes).toEqual([
      { note: 'asked', what: 'ask', with: [4], gave: { n: 4, open: true }, took_ms: expect.any(Number) },
      { note: 'asked', what: 'fail', with: [], failed: 'CONFLICT', took_ms: expect.any(Number) },
      { note: 'asked', what: 'mayAsk', gave: true, took_ms: null },
    ]);
  });
});
