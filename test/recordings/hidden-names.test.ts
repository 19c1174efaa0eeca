import fc from 'fast-check';
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
/** Of a transcript: its words come one by one, where they are is a guess. */
const guessed = (text: string, offset = 0, bytes = 800) =>
  note({ note: 'words', text, offset, bytes, guessed: true });
const saidIn = (lines: readonly RecordedLine[]) =>
  lines.flatMap((line) => ('note' in line && line.note === 'words' ? [line.text] : []));
const named = (first_name: string, last_name: string) =>
  note({ ...LOOKED_UP, gave: { ...CUSTOMER, first_name, last_name } });

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

  it('are those of a new customer too, from when the desk has them', () => {
    const newCustomer = { firstName: 'Nadia', lastName: "O'Rourke" };
    const { text, lines } = recorded([
      note({ note: 'asked', what: 'book', with: [{ vehicleId: null, newCustomer }], took_ms: 2 }),
      guessed('Thanks, Nadia'),
      guessed('O’Rourke.'),
      { at: 2, what: 'row', row: { transcript: [{ content: "I am Nadia O'Rourke." }] } },
    ]);
    expect(text).not.toMatch(/Nadia|Rourke/);
    const [, name] = /"firstName":"(\w+)"/.exec(text) ?? [];
    expect(saidIn(lines)[0]).toBe(`Thanks, ${name}`);
  });

  it('are hidden word by word, but for small words that are in many names', () => {
    const { lines } = recorded([
      named('MARIA ELENA', 'de la Cruz-Vega'),
      ...['Hello', 'Maria,', 'la', 'cita', 'de', "Elena's", 'Ms. Vega', 'La'].map((each) => guessed(each)),
    ]);
    const said = saidIn(lines);
    expect(said.join(' ')).not.toMatch(/Maria|Elena|Vega/);
    expect(said.filter((_, i) => ![1, 5, 6].includes(i))).toEqual(['Hello', 'la', 'cita', 'de', 'La']);
  });

  it('are told from words in small letters, which are said all the time', () => {
    const { lines } = recorded([named('Will', 'May'), guessed('It will be'), guessed('ready, Will')]);
    const [first, second] = saidIn(lines);
    expect(first).toBe('It will be');
    expect(second).not.toContain('Will');
  });

  it('leave none of their words, whatever a customer is called', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aéßñoz'), minLength: 3, maxLength: 8 });
    const word = letters.map((each) => `X${each}`);
    const name = fc.tuple(word, fc.constantFrom(' ', '-', ' de la '), word);
    fc.assert(
      fc.property(name, name, (first, last) => {
        const { text } = recorded([
          named(first.join(''), last.join('')),
          ...[first, last].flatMap(([one, , other]) => [guessed(`${one},`), guessed(`${other}.`)]),
          { at: 2, what: 'row', row: { transcript: [{ content: `${first.join('')} ${last.join('')}` }] } },
        ]);
        for (const each of [first[0], first[2], last[0], last[2]]) expect(text).not.toContain(each);
      }),
    );
  });

  it('leave silence for half a second on both sides where their place is a guess, as far as it is not written', () => {
    const before = Buffer.alloc(8000, 0x21);
    const { lines } = recorded([
      note(LOOKED_UP),
      media(before),
      guessed('Maria', 5000, 1000),
      media(before),
      media(before),
    ]);
    const kept = audioIn(lines).subarray(8000);
    expect(kept.subarray(0, 1000).equals(before.subarray(0, 1000))).toBe(true);
    expect(kept.subarray(1000, 10_000).equals(Buffer.alloc(9000, 0xff))).toBe(true);
    expect(kept.subarray(10_000).equals(before.subarray(0, 6000))).toBe(true);
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

describe('phone numbers that are said in a call', () => {
  const row: Happening = {
    at: 2,
    what: 'row',
    row: { transcript: [{ content: 'Call (512) 555-0142, or +44 20 7946 0123.' }] },
  };

  it('are replaced, and silence stands for them, also where a transcript brings them in pieces', () => {
    const audio = Buffer.alloc(8000, 0x21);
    const { text, lines } = recorded([
      guessed('at', 0, 80),
      guessed('512', 160, 80),
      guessed('555', 320, 80),
      guessed('0142.', 4500, 80),
      guessed('Thanks.', 6000, 80),
      media(audio),
      words('Our number is 512 555 0142.', 0, 800),
      row,
    ]);
    expect(text).not.toMatch(/0142|7946|0123/);
    const said = saidIn(lines);
    expect(said.slice(0, 3)).toEqual(['at', '512', '555']);
    expect(said[4]).toBe('Thanks.');
    const [, last] = /^Our number is 555 0\d\d (\d{4})\.$/.exec(said[5] ?? '') ?? [];
    expect(said[3]).toBe(`${last}.`);
    expect(audioIn(lines).subarray(500, 8000).equals(Buffer.alloc(7500, 0xff))).toBe(true);
  });

  it('are hidden in a replay too, as they are written', () => {
    const { lines } = recorded([words('Our number is 512 555 0142.', 0, 800)], null);
    expect(lines).toMatchObject([{ text: 'Our number is 512 555 0142.', hidden: true }]);
  });

  it('are told from other numbers', () => {
    const text = 'The 2019 Camry, $450.00, at 9:30 on 2026-11-30, number 12.';
    const { lines } = recorded([words(text, 0, 800), ...text.split(' ').map((each) => guessed(each))]);
    expect(saidIn(lines).join(' ')).toBe(`${text} ${text}`);
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
