import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { PGliteOptions } from '@electric-sql/pglite';

/** PostgreSQL's default of 128 MB of shared buffers is a third of the memory of the whole gateway. */
export const PGLITE_OPTIONS: PGliteOptions = { postgresqlconf: ['shared_buffers = 8MB'] };

/** The major version of PostgreSQL that this PGlite is; it opens no folder of another one. */
export const PGLITE_VERSION = '18';

const NAME = 'empty-database';
/** More than it has unpacked: it then comes in one piece, and is not there twice while pieces are joined. */
const UNPACKED_BYTES = 64 * 1024 * 1024;
const BLOCK = 512;
/** The type of a folder's entry in a tar file. */
const FOLDER = '5';

/**
 * Where the empty database is that new ones are copied from: a tar file of PGlite's folder with all migrations applied, beside this file.
 * Its name says which migrations, so that one made before they changed is never used.
 */
export function emptyDatabaseFile(): string {
  const hash = createHash('sha256').update(`${PGLITE_VERSION} ${JSON.stringify(PGLITE_OPTIONS)}`);
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
