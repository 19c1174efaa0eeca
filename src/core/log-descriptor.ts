import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { isatty } from 'node:tty';

type Written = (error: NodeJS.ErrnoException | null, written: number) => void;

export interface Descriptor {
  /** Writes what can be written and tells how many bytes that was, at once or later. */
  readonly write: (bytes: Buffer, done: Written) => void;
  /** As `write`, at once. Throws what the system says. */
  readonly writeNow: (bytes: Buffer) => number;
  /** A write may take long, in a thread of its own; else none waits, and `EAGAIN` says that there is no room. */
  readonly isBackground: boolean;
}

/**
 * A descriptor that this process has inherited (1, 2, or a copy of them) in a form that never makes it wait. A pipe, a terminal or a device is opened anew without blocking:
 * the flag then is ours alone, while the one of the inherited descriptor is shared with every process that has it, and cleared whenever a
 * child inherits it. What cannot be opened anew (sockets; pipes of another user) gets the flag as Node sets it. Files know no
 * such flag: they are written by a thread of libuv.
 */
export function openDescriptor(inherited: number): Descriptor {
  const own = reopened(inherited);
  if (own !== null) return atOnce(own);
  if (isFile(inherited) || process.platform === 'win32' || isatty(inherited)) return inBackground(inherited);
  // A copy shares the flag with whoever has the other.
  if (inherited > 2) return atOnce(inherited);
  // Node makes a pipe or a socket non-blocking when its stream is made.
  const stream = inherited === 1 ? process.stdout : process.stderr;
  return stream.fd === inherited ? atOnce(inherited) : inBackground(inherited);
}

function atOnce(fd: number): Descriptor {
  const writeNow = (bytes: Buffer) => writeSync(fd, bytes);
  const attempt = (bytes: Buffer, done: Written) => {
    let written = 0;
    try {
      written = writeNow(bytes);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return done(error, 0);
    }
    done(null, written);
  };
  return { write: attempt, writeNow, isBackground: false };
}

function inBackground(fd: number): Descriptor {
  return {
    write: (bytes, done) => write(fd, bytes, done),
    writeNow: (bytes) => writeSync(fd, bytes),
    isBackground: true,
  };
}

function reopened(fd: number): number | null {
  // A file opened anew would be written from its beginning. Elsewhere than on Linux this path is no opening of its own.
  if (process.platform !== 'linux' || isFile(fd)) return null;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
}

function isFile(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFile() || stat.isBlockDevice();
  } catch {
    return false;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
