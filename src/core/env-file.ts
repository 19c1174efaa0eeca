import { lstatSync, readFileSync } from 'node:fs';
import { SETTING_NAMES } from '../config.js';
import { GatewayError, summarize } from './errors.js';

/** Without one of these anybody gets in, so a name that is nearly one of them stops the start. */
const GUARDS = ['TWILIO_AUTH_TOKEN', 'ADMIN_TOKEN'];
// Spaces of no width, and the byte order marks of files that were joined.
const INVISIBLE = /[\u200b-\u200f\u2060\ufeff\u00ad]/g;
const NAME = /^(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/;

/**
 * Adds the settings of a file of `NAME=value` lines to `env`, where a value that is not empty stays. A file that does not exist
 * adds nothing. Returns warnings, a sentence each. Throws `BAD_CONFIG` for a file that is there and cannot be read to its last line.
 */
export function loadEnvFile(env: NodeJS.ProcessEnv, path = '.env'): string[] {
  const bytes = readBytes(path);
  if (bytes === null) return [];
  const settings = parseSettings(decode(bytes, path), path);
  for (const [name, value] of settings) if (!env[name]) env[name] = value;
  return suspicions(settings, env, path);
}

function readBytes(path: string): Buffer | null {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
    return readFileSync(path);
  } catch (error) {
    const { code, message } = summarize(error);
    if (code === 'EISDIR')
      throw unreadable(
        path,
        'is a folder. Docker makes one where a file is to be mounted that does not exist',
      );
    if (code === 'ENOENT') throw unreadable(path, 'is a link to a file that does not exist');
    if (code === 'EACCES' || code === 'EPERM')
      throw unreadable(path, 'may not be read by the user that the gateway runs as');
    throw unreadable(path, `cannot be read (${message})`);
  }
}

function unreadable(path: string, what: string): GatewayError {
  const advice = 'Mend or remove it: without it settings such as TWILIO_AUTH_TOKEN would be missing unseen.';
  return new GatewayError('BAD_CONFIG', `${path} ${what}. ${advice}`);
}

/** UTF-8, or UTF-16 as Windows writes it, with a byte order mark or without. */
function decode(bytes: Buffer, path: string): string {
  const encoding = encodingOf(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw unreadable(path, `${badLine(bytes, encoding)}is no text in UTF-8 or UTF-16. Save it as UTF-8`);
}

function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Names are ASCII: in UTF-16 the other half of each letter is zero.
  if (first !== 0 && second === 0) return 'utf-16le';
  return first === 0 && second !== 0 && bytes.length > 1 ? 'utf-16be' : 'utf-8';
}

function badLine(bytes: Buffer, encoding: string): string {
  if (encoding !== 'utf-8') return '';
  const lines = bytes.toString('utf8').split('\n');
  const index = lines.findIndex((line) => /[\0\ufffd]/.test(line));
  return index < 0 ? '' : `in line ${index + 1} `;
}

/** The settings by name; of a name that is there twice the last one, unless that is empty. */
function parseSettings(text: string, path: string): Map<string, string> {
  const settings = new Map<string, string>();
  const lines = text.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? '').replace(INVISIBLE, '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const name = NAME.exec(line);
    if (name?.[1] === undefined) throw unreadable(path, `has a line ${at + 1} that is not NAME=value`);
    const { value, lastLine } = readValue(lines, at, line.slice(name[0].length), path);
    if (value !== '' || !settings.has(name[1])) settings.set(name[1], value);
    at = lastLine;
  }
  return settings;
}

/** A value in quotes may go on over several lines; one without ends at `#` or at the end of its line. */
function readValue(lines: readonly string[], at: number, first: string, path: string) {
  const quote = /^["'`]/.exec(first)?.[0];
  if (quote === undefined) return { value: (first.split('#')[0] ?? '').trim(), lastLine: at };
  let value = first.slice(1);
  let lastLine = at;
  while (!value.includes(quote)) {
    lastLine += 1;
    const next = lines[lastLine];
    // A quote that is not closed would swallow the settings of the lines below.
    if (next === undefined || isSetting(next))
      throw unreadable(path, `has a quote in line ${at + 1} that is not closed`);
    value += `\n${next}`;
  }
  const rest = value.slice(value.indexOf(quote) + 1).trim();
  if (rest !== '' && !rest.startsWith('#'))
    throw unreadable(path, `has text behind the closing quote of the value that begins in line ${at + 1}`);
  value = value.slice(0, value.indexOf(quote));
  return { value: quote === '"' ? value.replaceAll('\\n', '\n') : value, lastLine };
}

function isSetting(line: string): boolean {
  const name = NAME.exec(line.replace(INVISIBLE, '').trim())?.[1];
  return name !== undefined && SETTING_NAMES.includes(name);
}

function suspicions(settings: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv, path: string): string[] {
  const warnings: string[] = [];
  for (const [name, value] of settings) {
    const meant = SETTING_NAMES.includes(name) ? null : nearest(name);
    if (meant !== null && GUARDS.includes(meant) && !env[meant] && value !== '')
      throw unreadable(path, `has ${name}, which is no setting: ${meant} is meant, as it seems`);
    if (meant !== null && !env[meant])
      warnings.push(`${path} has ${name}, which is no setting and is not read. Is ${meant} meant?`);
    if (GUARDS.includes(name) && !env[name])
      warnings.push(`${path} has ${name} without a value: it counts as not set`);
  }
  return warnings;
}

/** The setting that a name is two typing errors away from at most, capitals and punctuation aside. */
function nearest(name: string): string | null {
  const bare = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const written = bare(name);
  const near = (known: string) => {
    const right = bare(known);
    return right === written || (right.length >= 8 && distance(written, right) <= 2);
  };
  return SETTING_NAMES.find(near) ?? null;
}

/** Letters to add, leave out or change to make one of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, its] of [...other].entries()) {
      const kept = (row[j] ?? 0) + (letter === its ? 0 : 1);
      next.push(Math.min(kept, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
