import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { promisify } from 'node:util';

/** Keeps what was just measured of a topic in `file`, with the machine, the commit and the day; what is there of others stays, and so do the remarks. */
export async function keepResult(file: string, name: string, title: string, rows: readonly object[]) {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const results: Record<string, { remarks?: string[] }> = JSON.parse(text);
  const { remarks } = results[name] ?? {};
  const [{ model: processor = 'unknown' } = {}, ...others] = cpus();
  const commit = await commitNow();
  const result = {
    title,
    measured_on: new Date().toISOString().slice(0, 10),
    node: process.version,
    processor,
    cores: others.length + 1,
    ...(commit === null ? {} : { commit }),
    ...(remarks === undefined ? {} : { remarks }),
    rows,
  };
  await writeFile(file, `${JSON.stringify({ ...results, [name]: result }, null, 2)}\n`);
}

/** Null where there is no git, or no repository. */
async function commitNow(): Promise<string | null> {
  const asked = promisify(execFile)('git', ['describe', '--always', '--dirty']);
  return asked.then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}
