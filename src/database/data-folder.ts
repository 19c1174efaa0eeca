import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { DataFolderLock } from './data-folder-lock.js';
import { PGLITE_VERSION } from './empty-database.js';

const OWN_NAMES = /^(pglite(\.new.*)?|owner-.*|socket|prompts|bayline\.lock|lost\+found)$/;
const KEEP = 'Nothing in it was changed.';

/**
 * Makes the folder where it is missing, takes it for this process, closes it to other users and looks whether PGlite can open what is
 * in it. Throws `BAD_CONFIG` with what is wrong and what to do; never sends anybody to another folder, where the data would be missing.
 */
export async function openDataFolder(
  path: string,
  logger: Logger,
  onLost: () => void,
): Promise<{ folder: string; lock: DataFolderLock }> {
  let lock: DataFolderLock | null = null;
  try {
    const folder = await made(path);
    await refuseDatabase(path, folder);
    const onWatch = (host: string) =>
      logger.warn(
        { host },
        'DATA_DIR was last used by another machine: waiting 10 s to see whether it still is',
      );
    lock = await DataFolderLock.acquire(folder, { onLost, onWatch });
    await examine(folder);
    await closeToOthers(folder, logger);
    return { folder, lock };
  } catch (error) {
    await lock?.release();
    throw error instanceof GatewayError ? error : await explain(path, error);
  }
}

async function made(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path);
}

async function refuseDatabase(path: string, folder: string): Promise<void> {
  const version = await stat(join(folder, 'PG_VERSION')).catch(() => null);
  if (version === null) return;
  throw bad(`${path} is itself the folder of a PostgreSQL database. Name the folder that it is in.`);
}

/** What can be told of a database without opening it. */
async function examine(folder: string): Promise<void> {
  const path = join(folder, 'pglite');
  const entry = await lstat(path).catch(nothing);
  if (entry === null) return;
  const target = await stat(path).catch(nothing);
  if (target === null)
    throw bad(`${path} is a link to a folder that is not there. Mount or restore it. ${KEEP}`);
  if (!target.isDirectory()) throw bad(`${path} is no folder, but the database belongs there. ${KEEP}`);
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  if ((await readdir(path)).length === 0) return;
  const version = (await readFile(join(path, 'PG_VERSION'), 'utf8').catch(nothing))?.trim() ?? null;
  if (version === null) throw damaged(path, 'PG_VERSION is missing');
  if (!/^\d{1,3}$/.test(version)) throw damaged(path, 'PG_VERSION holds no version');
  if (version !== PGLITE_VERSION) throw otherVersion(path, version);
  const control = join(path, 'global', 'pg_control');
  if ((await stat(control).catch(nothing)) === null) throw damaged(path, 'global/pg_control is missing');
  await access(control, constants.R_OK | constants.W_OK);
}

function nothing(error: unknown): null {
  if (summarize(error).code === 'ENOENT') return null;
  throw error;
}

function damaged(path: string, what: string): GatewayError {
  const advice = 'Restore it from a backup. To begin with an empty database, move that folder away';
  return bad(`${path} is damaged: ${what}. ${advice}. ${KEEP}`);
}

function otherVersion(path: string, version: string): GatewayError {
  const advice =
    Number(version) > Number(PGLITE_VERSION)
      ? 'Update Bayline to the version that made it'
      : 'Start it with the version of Bayline that made it and move the data to a DATABASE_URL, or restore a backup';
  return bad(
    `${path} was made by PostgreSQL version ${version}, and this gateway has version ${PGLITE_VERSION}. ${advice}. ${KEEP}`,
  );
}

/** Folders of our own lose the rights of others; a folder with other things in it, such as /tmp, keeps them. */
async function closeToOthers(folder: string, logger: Logger): Promise<void> {
  const isOurs = (await readdir(folder)).every((name) => OWN_NAMES.test(name));
  for (const path of [join(folder, 'pglite'), ...(isOurs ? [folder] : [])]) {
    const { mode, uid } = await stat(path).catch(() => ({ mode: 0, uid: 0 }));
    if ((mode & 0o077) === 0) continue;
    const me = process.geteuid?.();
    const isClosed =
      (me === uid || me === 0) &&
      (await chmod(path, 0o700).then(
        () => true,
        () => false,
      ));
    if (isClosed) logger.warn({ path }, 'DATA_DIR was open to other users: it is closed now (mode 0700)');
    else if ((mode & 0o007) !== 0 && process.platform !== 'win32')
      logger.warn(
        { path },
        'DATA_DIR is open to other users of this machine, and belongs to another one: chmod 0700',
      );
  }
}

/** A fault of the file system as what it is and what to do. */
async function explain(path: string, error: unknown): Promise<GatewayError> {
  const { code = '', message } = summarize(error);
  const me = process.geteuid?.() ?? 'this user';
  const owner = await stat(path).then(
    ({ uid }) => `it belongs to the user with id ${uid}`,
    () => 'a folder above it is closed to this user',
  );
  const permission = `may not be used by the user with id ${me} (permission denied: ${message}); ${owner}. Give the folder and all in it to the user that runs the gateway (chown -R ${me}), or run it as its owner`;
  const said: Readonly<Record<string, string>> = {
    EACCES: permission,
    EPERM: `${permission}. If it is theirs already, it may be immutable (lsattr shows an i; chattr -R -i)`,
    EROFS: 'is on a read-only file system. Mount it writable',
    ENOSPC: 'is on a disk without space. Make space',
    EDQUOT: 'is over the quota of its disk. Make space',
    EEXIST: (await isLink(path))
      ? 'is a link to a folder that is not there. Mount or make it'
      : 'is a file, not a folder',
    ENOTDIR: 'has a file where a folder is needed on its path. Correct the path',
    ENOENT: 'is, or is in, a link to a folder that is not there. Mount or make it',
    ELOOP: 'is a link in a circle. Correct the link',
    ENAMETOOLONG: 'has a name that is too long for the file system. Shorten it',
  };
  return bad(`${path} ${said[code] ?? `cannot be used: ${message}`}. ${KEEP}`);
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (entry) => entry.isSymbolicLink(),
    () => false,
  );
}

function bad(what: string): GatewayError {
  return new GatewayError('BAD_CONFIG', `DATA_DIR: ${what}`);
}
