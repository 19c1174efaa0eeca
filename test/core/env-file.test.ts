import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadEnvFile } from '../../src/core/env-file.js';

const TOKEN = '0123456789abcdef0123456789abcdef';
const LINE = `TWILIO_AUTH_TOKEN=${TOKEN}\n`;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bayline-env-'));
  path = join(folder, '.env');
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(content: string | Buffer, given: NodeJS.ProcessEnv = {}) {
  writeFileSync(path, content);
  const env = { ...given };
  return { env, warnings: loadEnvFile(env, path) };
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

test.each<[string, string | Buffer]>([
  ['as it should be', LINE],
  ['with a byte order mark', `\ufeff${LINE}`],
  ['in UTF-16 LE with its mark', Buffer.from(`\ufeff${LINE}`, 'utf16le')],
  ['in UTF-16 BE with its mark', utf16be(`\ufeff${LINE}`)],
  ['in UTF-16 LE without a mark', Buffer.from(LINE, 'utf16le')],
  ['in UTF-16 BE without a mark', utf16be(LINE)],
  ['with a byte order mark in the midst of it, as joined files have', `SHOP_BAYS=3\n\ufeff${LINE}`],
  ['with a space of no width before the name', `\u200b${LINE}`],
  ['with a no-break space before the name', `\u00a0${LINE}`],
  ['with the line ends of Windows', `SHOP_BAYS=3\r\nTWILIO_AUTH_TOKEN=${TOKEN}\r\n`],
  ['with the line ends of old Macs', `SHOP_BAYS=3\rTWILIO_AUTH_TOKEN=${TOKEN}\r`],
  ['with export', `export TWILIO_AUTH_TOKEN=${TOKEN}`],
  ['in double quotes', `TWILIO_AUTH_TOKEN="${TOKEN}"`],
  ['in single quotes with a comment', `TWILIO_AUTH_TOKEN='${TOKEN}' # of the console`],
  ['in backticks', `TWILIO_AUTH_TOKEN=\`${TOKEN}\``],
  ['with spaces around the sign', `  TWILIO_AUTH_TOKEN =  ${TOKEN}  # secret`],
  ['that is there once more, without a value', `${LINE}TWILIO_AUTH_TOKEN=\n`],
])('a token %s is read', (_, content) => {
  expect(load(content).env.TWILIO_AUTH_TOKEN).toBe(TOKEN);
});

test.each<[string, string | Buffer, RegExp]>([
  ['Latin-1', Buffer.from(`${LINE}SHOP_NAME=Caf\xe9\n`, 'latin1'), /line 2 is no text in UTF-8/],
  [
    'UTF-8 to which Windows added UTF-16',
    Buffer.concat([Buffer.from('A=1\n'), Buffer.from(LINE, 'utf16le')]),
    /line 2 is no text/,
  ],
  ['half of a UTF-16 letter', Buffer.from(`\ufeff${LINE}`, 'utf16le').subarray(0, -1), /no text/],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0, 0x3d, 0, 0, 0]), /no text/],
  ['zeros', Buffer.alloc(64), /no text/],
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff]), /no text/],
  ['a colon in place of the sign', `TWILIO_AUTH_TOKEN: ${TOKEN}`, /line 1 that is not NAME=value/],
  ['a command of PowerShell', `SHOP_BAYS=1\n$env:TWILIO_AUTH_TOKEN = "${TOKEN}"`, /line 2 that is not/],
  ['a command of cmd', `set TWILIO_AUTH_TOKEN=${TOKEN}`, /line 1 that is not/],
  ['a wide sign', `TWILIO_AUTH_TOKEN\uff1d${TOKEN}`, /line 1 that is not/],
  [
    'a quote that swallows the token',
    `SHOP_NAME="Joe\n${LINE}AGENT="echo"`,
    /quote in line 1 that is not closed/,
  ],
  ['a quote that is never closed', `TWILIO_AUTH_TOKEN="${TOKEN}`, /quote in line 1/],
  ['text behind a quote', `TWILIO_AUTH_TOKEN="${TOKEN}" PORT=1`, /behind the closing quote/],
  ['the token under a name in small letters', `twilio_auth_token=${TOKEN}`, /TWILIO_AUTH_TOKEN is meant/],
  ['the token under a name with a letter less', `TWILIO_AUTHTOKEN=${TOKEN}`, /TWILIO_AUTH_TOKEN is meant/],
  [
    'the token under a name with two letters changed',
    `TWLIO_AUTH_TOKE=${TOKEN}`,
    /TWILIO_AUTH_TOKEN is meant/,
  ],
])('a file with %s stops the start with a sentence', (_, content, sentence) => {
  expect(() => load(content)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  expect(() => load(content)).toThrow(sentence);
  expect(() => load(content)).not.toThrow(TOKEN);
});

test('a folder in place of the file stops the start', () => {
  mkdirSync(path);
  expect(() => loadEnvFile({}, path)).toThrow(/is a folder/);
});

test('a link to nothing stops the start', () => {
  symlinkSync(join(folder, 'elsewhere'), path);
  expect(() => loadEnvFile({}, path)).toThrow(/does not exist/);
});

test('a link in a circle stops the start', () => {
  symlinkSync(path, path);
  expect(() => loadEnvFile({}, path)).toThrow(/cannot be read/);
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read stops the start', () => {
  writeFileSync(path, LINE);
  chmodSync(path, 0);
  expect(() => loadEnvFile({}, path)).toThrow(/may not be read/);
});

test('a file that is not there, or is empty, adds nothing', () => {
  const env = {};
  expect(loadEnvFile(env, path)).toEqual([]);
  expect(load('').env).toEqual({});
  expect(load('# nothing\n\n').env).toEqual({});
  expect(env).toEqual({});
});

test('what the environment has stays, but what is empty there is filled', () => {
  const { env } = load('PORT=1\nHOST=b\n', { PORT: '2', HOST: '' });
  expect(env).toEqual({ PORT: '2', HOST: 'b' });
});

test('a name close to a setting is warned about, one of another program is not', () => {
  const { warnings } = load('shop_name=Joe\nREDIS_URI=redis://a\nDATABASE=x\nNODE_ENV=production\n');
  expect(warnings).toHaveLength(2);
  expect(warnings.join(' ')).toMatch(/Is SHOP_NAME meant.*Is REDIS_URL meant/);
  expect(load('TWILIO_AUTH_TOKEN=\n').warnings.join()).toMatch(/without a value/);
  expect(load(`${LINE}TWILIO_AUTHTOKEN=x\n`).warnings).toEqual([]);
});

test('what is well written is read as Node reads it', () => {
  const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,12}$/).filter((text) => text.length > 0);
  const value = fc.stringMatching(/^[ -!$-&(-_a-~]{0,20}$/).map((text) => text.trim());
  const plain = fc.tuple(
    name,
    value.filter((text) => !/^["'`]|\\/.test(text)),
  );
  const written = plain.chain(([left, right]) =>
    fc.constantFrom(
      `X_${left}=${right}`,
      `X_${left}='${right}'`,
      `export X_${left} = "${right.replaceAll('"', '')}"`,
    ),
  );
  fc.assert(
    fc.property(fc.array(written, { maxLength: 6 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
      const last = new Map(Object.entries(parseEnv(lines.join('\n'))));
      const { env } = load(lines.join(end));
      for (const [key, text] of last) if (text !== '') expect(env[key]).toBe(text);
      expect(Object.keys(env).sort()).toEqual([...last.keys()].sort());
    }),
  );
});
