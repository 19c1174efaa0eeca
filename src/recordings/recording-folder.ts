import { createReadStream } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { callMark } from './stream-recorder.js';

/** When a recording began, which call it is of, and which stream, as the recorder names them. */
const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z-([0-9a-f]{12})-\d+\.ndjson$/;

/** The finished recordings in the folder of this gateway, by what their names say. Nothing else in the folder is touched. */
export class RecordingFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Deletes the recordings of these calls; returns how many. Rejects when the folder or a file in it cannot be changed. */
  async dropCalls(callSids: Iterable<string>): Promise<number> {
    const marks = new Set([...callSids].map(callMark));
    return marks.size === 0 ? 0 : this.#drop(({ mark }) => marks.has(mark));
  }

  /** Deletes the recordings that began before; returns how many. Rejects likewise. */
  async dropBefore(time: Date): Promise<number> {
    return this.#drop(({ began }) => began < time);
  }

  /** The text of a call's recordings here, in the order of its streams, in pieces; nothing when there is none. Rejects when one cannot be read. */
  async *textOf(callSid: string): AsyncGenerator<string, void, void> {
    const mark = callMark(callSid);
    for (const name of (await this.#names()).sort()) {
      if (readName(name)?.mark !== mark) continue;
      try {
        for await (const piece of createReadStream(join(this.#folder, name), 'utf8')) yield String(piece);
        // The last line of a file may be cut off.
        yield '\n';
      } catch (error) {
        unlessGone(error);
      }
    }
  }

  async #drop(isToGo: (recording: { began: Date; mark: string }) => boolean): Promise<number> {
    let dropped = 0;
    for (const name of await this.#names()) {
      const recording = readName(name);
      if (!recording || !isToGo(recording)) continue;
      await unlink(join(this.#folder, name)).catch(unlessGone);
      dropped += 1;
    }
    return dropped;
  }

  #names(): Promise<string[]> {
    return readdir(this.#folder).catch((error: unknown) => {
      unlessGone(error);
      return [];
    });
  }
}

function readName(name: string): { began: Date; mark: string } | null {
  const found = NAME.exec(name);
  if (!found) return null;
  const [, year, month, day, hour, minute, second, ms, mark = ''] = found;
  return { began: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`), mark };
}

// Another gateway may share the folder; and it is made with the first recording.
function unlessGone(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
