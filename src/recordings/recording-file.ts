import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrowingFile } from './stream-recording.js';

/**
 * A file that grows, also after it was closed, made with its folder when the first text comes; one that was there before is never written to. Only
 * its owner may read it: it holds a conversation.
 */
export function recordingFile(folder: string, name: string): GrowingFile {
  const path = join(folder, name);
  let handle: FileHandle | null = null;
  let bytes = 0;
  const create = async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await open(path, 'ax', 0o600);
  };
  return {
    get bytes() {
      return bytes;
    },
    async append(text) {
      handle ??= bytes === 0 ? await create() : await open(path, 'a');
      await handle.appendFile(text);
      bytes += Buffer.byteLength(text);
    },
    async close() {
      await handle?.close();
      handle = null;
    },
  };
}
