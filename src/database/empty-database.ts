import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { PGliteOptions } from '@electric-sql/pglite';

/**
 * PostgreSQL's default of 128 MB of shared buffers is a third of the memory of the whole gateway, and its log in files of 16 MB is most of a new
 * database.
 */
export const PGLITE_OPTIONS: PGliteOptions = {
  postgresqlconf: ['shared_buffers = 8MB'],
  initDbStartParams: ['--wal-segsize=1'],
};

/**
 * The last steps in making it. The templates are only for making further databases, and are twice as large as this one. Without vacuum and
 * checkpoint, whoever opens it would have to replay the log.
 */
export const LAST_STEPS: readonly string[] = [
  "update pg_database set datistemplate = false where datname in ('template0', 'template1')",
  'drop database template0',
  'drop database template1',
  'vacuum freeze',
  'checkpoint',
];

/** The major version of PostgreSQL that this PGlite is; it opens no folder of another one. */
export const PGLITE_VERSION = '18';

const NAME = 'empty-database';
/** More than it has unpacked: it then comes in one piece, and is not there twice while pieces are joined. */
const UNPACKED_BYTES = 16 * 1024 * 1024;
const BLOCK = 512;
/** The type of a folder's entry in a tar file. */
const FOLDER = '5';

/**
 * Where the empty database is that new ones are copied from: a tar file of PGlite's folder with all migrations applied, beside this file.
 * Its name says how it was made and which migrations, so that one made before they changed is never used.
 */
export function emptyDatabaseFile(): string {
  const made = JSON.stringify([PGLITE_VERSION, PGLITE_OPTIONS, LAST_STEPS]);
  const hash = createHash('sha256').update(made);
  const migrations = fileURLToPath(new URL('./migrations', import.meta.url));
  for (const name of readdirSync(migrations).sort())
    if (name.endsWith('.sql')) hash.update(name).update(readFileSync(join(migrations, name)));
  const version = hash.digest('hex').slice(0, 12);
  return fileURLToPath(new URL(`./${NAME}-${version}.tar.br`, import.meta.url));
}

/** Whether this is the name of an empty database, of any version. */
export function isEmptyDatabase(name: string): boolean {
  return name.startsWith(`${NAME}-`);
}

/** The tar file in it. */
export function readEmptyDatabase(file: string): Buffer {
  return brotliDecompressSync(readFileSync(file), { chunkSize: UNPACKED_BYTES });
}

/** Hands out the bytes that it was given. A `Blob` of Node copies them three times, which is a fifth of a start. */
export class TarInMemory extends Blob {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    super([]);
    this.#bytes = bytes;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return Uint8Array.from(this.#bytes).buffer;
  }
}

/** Writes what is in a tar file (POSIX.1-1988, names of up to 100 bytes) into a new folder, closed to other users. */
export function unpack(tar: Buffer, folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  for (let at = 0; at < tar.length; ) {
    const field = (from: number, to: number) =>
      tar.toString('latin1', at + from, at + to).replace(/\0.*$/s, '');
    const path = join(folder, field(0, 100));
    const size = Number.parseInt(field(124, 136), 8);
    // Two empty blocks are the end.
    if (field(0, 100) === '') return;
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (field(156, 157) === FOLDER) mkdirSync(path, { recursive: true, mode: 0o700 });
    else writeFileSync(path, content, { mode: 0o600 });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}
