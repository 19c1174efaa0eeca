import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compiled } from '../support/compiled.js';

const WRITER = compiled('test/support/log-writer.ts');
const WITHIN = { interval: 20 };
// More than waits for a slow reader: 200 characters each.
const TOO_MANY = 8_000;
const ends: (() => void)[] = [];

interface State {
  readonly number: number;
  readonly ms: number;
  readonly dropped: { no_space: number; closed: number; failed: number; slow: number };
}

class Writer {
  readonly #child: ChildProcess;

  /** `redirect`: where its standard output goes, in the words of bash. */
  constructor(redirect: string, { limits = '', prefix = '' } = {}) {
    const program = `"${process.execPath}" "${WRITER}"`;
    this.#child = spawn('bash', ['-c', `${limits} exec ${prefix} ${program} ${redirect}`], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // A group of its own, so that what bash has started for the redirection ends with it: it holds our standard error open.
      detached: true,
    });
    ends.push(() => endGroup(this.#child));
  }

  async write(lines: number): Promise<State> {
    const told = once(this.#child, 'message');
    this.#child.send(lines);
    const [state]: State[] = await told;
    if (!state) throw new Error('The writer told nothing.');
    return state;
  }

  /** The end of the program; its status. */
  async end(): Promise<number | null> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    const [status]: (number | null)[] = await ended;
    return status ?? null;
  }
}

/** Ends a process and whatever it has started. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bayline-log-'));
  ends.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A pipe with a name, of which this process reads what it wants. */
function fifo(): { readonly path: string; readonly read: () => string } {
  const path = join(folder(), 'pipe');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const read = () => {
    const chunk = Buffer.alloc(1 << 16);
    try {
      return chunk.toString('utf8', 0, readSync(fd, chunk));
    } catch {
      return '';
    }
  };
  return { path, read };
}

/** A disk of 64 kB; only root may make one. */
function smallDisk(): string {
  const path = folder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', path]);
  ends.unshift(() => execFileSync('umount', ['--lazy', path]));
  return path;
}

function parsed(text: string): { number?: number; dropped?: number }[] {
  const whole = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
  return whole.map((line) => JSON.parse(line));
}

/** Every number was written in order or told as dropped, none twice. */
function expectComplete(lines: { number?: number; dropped?: number }[], last: number): void {
  const numbers = lines.flatMap(({ number }) => number ?? []);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const told = lines.reduce((sum, { dropped = 0 }) => sum + dropped, 0);
  expect(numbers.length + told).toBe(last);
}

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const isRoot = process.getuid?.() === 0;

describe.runIf(process.platform === 'linux')('an output of the log', () => {
  it.each([
    ['a device that is full', '> /dev/full', 'no_space'],
    ['a pipe whose reader has ended', '> >(true)', 'closed'],
    ['a pipe whose reader takes one line', '> >(head -1)', 'closed'],
    ['a pipe that nobody reads', '> >(exec sleep 60)', 'slow'],
    ['a pipe that nobody reads, non-blocking as another process left it', `> >(exec sleep 60) 0>&1`, 'slow'],
    ['a socket that nobody reads', '', 'slow'],
    ['a descriptor open for reading only', '1< /etc/hostname', 'closed'],
    ['a terminal that nobody reads', '> /dev/ptmx', 'slow'],
  ])('writes to %s without waiting, and counts what it drops', async (_what, redirect, reason) => {
    const writer = new Writer(redirect);
    const first = await writer.write(TOO_MANY);
    const then = await writer.write(TOO_MANY);
    expect(first.number).toBe(TOO_MANY);
    expect(then.dropped).toMatchObject({ [reason]: expect.toSatisfy((lines: number) => lines > 0) });
    expect(await writer.end()).toBe(0);
  });

  it.each([
    ['nowhere', '> /dev/null'],
    ['a descriptor that was closed', '>&-'],
    ['a pipe that is read', '> >(exec cat > /dev/null)'],
  ])('drops nothing that goes to %s', async (_what, redirect) => {
    const writer = new Writer(redirect);
    const { dropped } = await writer.write(1000);
    expect(dropped).toEqual({ no_space: 0, closed: 0, failed: 0, slow: 0 });
    expect(await writer.end()).toBe(0);
  });

  it('gives a reader that stopped the older lines, then how many were dropped, then the newer ones', async () => {
    const pipe = fifo();
    const writer = new Writer(`> ${pipe.path}`);
    const { dropped } = await writer.write(TOO_MANY);
    expect(dropped.slow).toBeGreaterThan(0);
    let text = '';
    const readUntil = (found: string) =>
      vi.waitFor(() => {
        for (let more = pipe.read(); more !== ''; more = pipe.read()) text += more;
        expect(text.includes(found)).toBe(true);
      }, WITHIN);
    await readUntil('"dropped":');
    await writer.write(1);
    await readUntil(`"number":${TOO_MANY + 1},`);
    const lines = parsed(text);
    expect(lines.filter(({ dropped }) => dropped)).toEqual([
      expect.objectContaining({ level: 'warn', dropped: dropped.slow }),
    ]);
    expectComplete(lines, TOO_MANY + 1);
    expect(lines.at(-1)).toMatchObject({ number: TOO_MANY + 1 });
  });

  it('gives what waits at the exit to a reader that takes it', async () => {
    const pipe = fifo();
    const writer = new Writer(`> ${pipe.path}`);
    await writer.write(600);
    const ended = writer.end();
    let text = '';
    await vi.waitFor(() => {
      text += pipe.read();
      expect(text.includes('"number":600,')).toBe(true);
    }, WITHIN);
    expect(await ended).toBe(0);
    expectComplete(parsed(text), 600);
  });

  it.runIf(isRoot)('goes on in a file when its disk has space again', async () => {
    const disk = smallDisk();
    const file = join(disk, 'log');
    writeFileSync(join(disk, 'filler'), Buffer.alloc(40_000));
    const writer = new Writer(`>> ${file}`);
    await writer.write(50);
    await writer.write(500);
    const full = await vi.waitFor(async () => {
      const state = await writer.write(1);
      expect(state.dropped.no_space).toBeGreaterThan(0);
      return state;
    }, WITHIN);
    rmSync(join(disk, 'filler'));
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain('"dropped":'), WITHIN);
    const { number } = await writer.write(5);
    expect(number).toBe(full.number + 5);
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toContain(`"number":${number},`), WITHIN);
    expectComplete(parsed(readFileSync(file, 'utf8')), number);
    expect(await writer.end()).toBe(0);
  });

  it('survives a file that may grow no more', async () => {
    const file = join(folder(), 'log');
    const writer = new Writer(`> ${file}`, { limits: 'ulimit -f 8;' });
    await writer.write(500);
    const { dropped } = await vi.waitFor(async () => {
      const state = await writer.write(1);
      expect(state.dropped.no_space).toBeGreaterThan(0);
      return state;
    }, WITHIN);
    expect(dropped.slow).toBe(0);
    expect(await writer.end()).toBe(0);
  });

  it('writes on where a file ends, and keeps what is there', async () => {
    const file = join(folder(), 'log');
    writeFileSync(file, '{"number":1}\n');
    const writer = new Writer(`>> ${file}`);
    await writer.write(1);
    expect(await writer.end()).toBe(0);
    expect(parsed(readFileSync(file, 'utf8'))).toEqual([
      { number: 1 },
      expect.objectContaining({ number: 1 }),
    ]);
  });
});
