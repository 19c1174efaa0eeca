import { MemoryFile } from './memory-file.js';

// Error numbers, file types and flags of WASI preview 1 (WebAssembly/WASI, legacy/preview1/docs.md).
const OK = 0;
const BAD_DESCRIPTOR = 8;
const INVALID = 28;
const NO_ENTRY = 44;
const CHARACTER_DEVICE = 2;
const DIRECTORY = 3;
const REGULAR_FILE = 4;
const CREATE = 1;
const TRUNCATE = 8;
const ALL_RIGHTS = 0xffff_ffff_ffff_ffffn;

const OUTPUTS = [1, 2];
const FOLDER = 3;
const FOLDER_NAME = '.';

interface OpenFile {
  readonly file: MemoryFile;
  position: number;
}

/** What `proc_exit` throws to leave the command. */
export class CommandExit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The command ended with status ${status}`);
    this.status = status;
  }
}

/**
 * The part of `wasi_snapshot_preview1` that a small command needs: arguments, and files in one folder in memory. The
 * command sees no disk, no environment and no network; its standard input is empty and its clock stands at 0, so that
 * the same arguments always give the same bytes.
 */
export class WasiShim {
  /** What the command finds and what it writes, by path. */
  readonly files = new Map<string, MemoryFile>();
  /** Standard output and standard error together. */
  readonly printed = new MemoryFile();
  readonly #args: readonly Buffer[];
  readonly #memory: () => ArrayBuffer;
  readonly #open = new Map<number, OpenFile>();
  #nextDescriptor = FOLDER + 1;

  /** `memory` gives the command's memory as it is now: when it grows its buffer is replaced. */
  constructor(args: readonly string[], memory: () => ArrayBuffer) {
    this.#args = args.map((arg) => Buffer.from(`${arg.replaceAll('\0', ' ')}\0`));
    this.#memory = memory;
  }

  /** The functions that the command imports, by their WASI names. */
  readonly imports = {
    args_sizes_get: (count: number, size: number) => {
      this.#setUint32(count, this.#args.length);
      return this.#setUint32(size, Buffer.concat(this.#args).length);
    },
    args_get: (pointers: number, characters: number) => {
      let at = characters;
      this.#args.forEach((arg, index) => {
        this.#setUint32(pointers + 4 * index, at);
        this.#bytes(at, arg.length).set(arg);
        at += arg.length;
      });
      return OK;
    },
    clock_time_get: (_clock: number, _precision: bigint, time: number) => this.#setUint64(time, 0n),
    fd_prestat_get: (descriptor: number, prestat: number) => {
      if (descriptor !== FOLDER) return BAD_DESCRIPTOR;
      this.#setUint32(prestat, 0);
      return this.#setUint32(prestat + 4, FOLDER_NAME.length);
    },
    fd_prestat_dir_name: (_descriptor: number, name: number) => {
      this.#bytes(name, FOLDER_NAME.length).set(Buffer.from(FOLDER_NAME));
      return OK;
    },
    fd_fdstat_get: (descriptor: number, status: number) => this.#describe(descriptor, status),
    fd_fdstat_set_flags: () => OK,
    fd_read: (descriptor: number, vectors: number, count: number, read: number) =>
      this.#read(descriptor, this.#vectors(vectors, count), read),
    fd_write: (descriptor: number, vectors: number, count: number, written: number) =>
      this.#write(descriptor, this.#vectors(vectors, count), written),
    fd_seek: (descriptor: number, offset: bigint, whence: number, position: number) =>
      this.#seek(descriptor, Number(offset), whence, position),
    fd_close: (descriptor: number) => (this.#open.delete(descriptor) ? OK : BAD_DESCRIPTOR),
    path_open: (
      _folder: number,
      _lookup: number,
      path: number,
      pathLength: number,
      flags: number,
      _rights: bigint,
      _inherited: bigint,
      _fileFlags: number,
      descriptor: number,
    ) => this.#openFile(Buffer.from(this.#bytes(path, pathLength)).toString(), flags, descriptor),
    proc_exit: (status: number) => {
      throw new CommandExit(status);
    },
  };

  #openFile(path: string, flags: number, descriptor: number): number {
    const file = this.files.get(path) ?? (flags & CREATE ? new MemoryFile() : undefined);
    if (!file) return NO_ENTRY;
    if (flags & TRUNCATE) file.truncate();
    this.files.set(path, file);
    this.#open.set(this.#nextDescriptor, { file, position: 0 });
    return this.#setUint32(descriptor, this.#nextDescriptor++);
  }

  #describe(descriptor: number, status: number): number {
    if (descriptor > FOLDER && !this.#open.has(descriptor)) return BAD_DESCRIPTOR;
    this.#bytes(status, 24).fill(0);
    this.#bytes(status, 1)[0] =
      descriptor < FOLDER ? CHARACTER_DEVICE : descriptor === FOLDER ? DIRECTORY : REGULAR_FILE;
    this.#setUint64(status + 8, ALL_RIGHTS);
    return this.#setUint64(status + 16, ALL_RIGHTS);
  }

  #read(descriptor: number, targets: Uint8Array[], read: number): number {
    const open = this.#open.get(descriptor);
    if (!open) return descriptor === 0 ? this.#setUint32(read, 0) : BAD_DESCRIPTOR;
    const start = open.position;
    for (const target of targets) open.position += open.file.read(target, open.position);
    return this.#setUint32(read, open.position - start);
  }

  #write(descriptor: number, parts: Uint8Array[], written: number): number {
    const printing = OUTPUTS.includes(descriptor);
    const open = printing
      ? { file: this.printed, position: this.printed.length }
      : this.#open.get(descriptor);
    if (!open) return BAD_DESCRIPTOR;
    const start = open.position;
    for (const part of parts) {
      open.file.write(part, open.position);
      open.position += part.length;
    }
    return this.#setUint32(written, open.position - start);
  }

  #seek(descriptor: number, offset: number, whence: number, position: number): number {
    const open = this.#open.get(descriptor);
    if (!open) return BAD_DESCRIPTOR;
    const origin = [0, open.position, open.file.length][whence];
    if (origin === undefined || origin + offset < 0) return INVALID;
    open.position = origin + offset;
    return this.#setUint64(position, BigInt(open.position));
  }

  #vectors(at: number, count: number): Uint8Array[] {
    const view = new DataView(this.#memory(), at, 8 * count);
    return Array.from({ length: count }, (_, index) =>
      this.#bytes(view.getUint32(8 * index, true), view.getUint32(8 * index + 4, true)),
    );
  }

  #bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory(), at, length);
  }

  #setUint32(at: number, value: number): typeof OK {
    new DataView(this.#memory()).setUint32(at, value, true);
    return OK;
  }

  #setUint64(at: number, value: bigint): typeof OK {
    new DataView(this.#memory()).setBigUint64(at, value, true);
    return OK;
  }
}
