import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BoundedMap } from '../core/bounded-map.js';
import { summarize, withDeadline } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { StreamObserver } from '../twilio/stream-observer.js';
import { Pseudonyms } from './pseudonyms.js';
import { type RecordedCall, RecordedLines, type RecordedSettings } from './recorded-lines.js';
import { type GrowingFile, StreamRecording, type WriteBudget } from './stream-recording.js';

export interface StreamRecorderOptions {
  /** Made with the first recording when it is not there. */
  readonly folder: string;
  /** Where a stream of that call is written; a new file in `folder` when absent. */
  readonly fileFor?: (callSid: string) => GrowingFile;
  /** False: noise of the same loudness in place of the caller's voice. */
  readonly keepVoice: boolean;
  /** What a replay of a call has to know of the gateway and of the shop; nothing when absent. */
  readonly settingsOf?: (callSid: string) => { readonly settings: RecordedSettings; readonly shop?: object };
  readonly logger: Logger;
  /** What may wait to be written over all recordings; 32 MB when absent. */
  readonly maxQueuedBytes?: number;
  /** What one file holds at most; 64 MB, about half an hour of a call, when absent. */
  readonly maxFileBytes?: number;
}

const MB = 1024 * 1024;
/** What comes within that time is written together. */
const GATHER_MS = 200;
const CLOSE_MS = 2000;

export const NO_OBSERVER: StreamObserver = { received() {}, sent() {}, note() {}, end() {} };

/**
 * What the names of a call's recordings have in common: by its SID they are found, and no SID can be found by them, for it holds
 * 128 random bits. The same on every gateway.
 */
export function callMark(callSid: string): string {
  return createHash('sha256').update(callSid.toLowerCase()).digest('hex').slice(0, 12);
}

/**
 * Records streams, one NDJSON file each: a header, then every message and note in order with its time. An observer keeps a
 * reference and returns; one writer makes lines of it afterwards. SIDs, numbers and names are replaced, the same way
 * in all recordings of one recorder; keys pressed stay, for no call can be replayed without them.
 */
export class StreamRecorder {
  readonly #options: StreamRecorderOptions;
  readonly #pseudonyms = new Pseudonyms();
  readonly #budget: WriteBudget;
  readonly #open = new Set<StreamRecording>();
  /** The last stream of each call that is not over, as far as is known here; a call whose end is never told of must not stay for ever. */
  readonly #latest = new BoundedMap<string, StreamRecording>();
  readonly #pending = new Set<StreamRecording>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(options: StreamRecorderOptions) {
    this.#options = options;
    this.#budget = { limit: options.maxQueuedBytes ?? 32 * MB, used: 0 };
  }

  /** Begins the recording of a stream that has just been accepted; records nothing once closed. Never throws: a file that cannot be written is logged. */
  open(call: RecordedCall): StreamObserver {
    if (this.#closed) return NO_OBSERVER;
    const { folder, fileFor, keepVoice, settingsOf, logger, maxFileBytes = 64 * MB } = this.#options;
    const pseudonyms = this.#pseudonyms;
    const { settings, shop } = settingsOf?.(call.callSid) ?? { settings: {} };
    const file = fileFor?.(call.callSid) ?? recordingFile(folder, this.#nameOf(call));
    const recording = new StreamRecording({
      lines: new RecordedLines({ pseudonyms, call, keepVoice, settings, shop }),
      file,
      budget: this.#budget,
      maxFileBytes,
      onPending: (pending) => this.#onPending(pending),
      onFault: (why, error) => {
        const fault = error === undefined ? {} : { err: summarize(error) };
        const fields = { call_sid: call.callSid, folder, why, ...fault };
        logger.error(fields, 'A recording ends early; the call goes on');
      },
    });
    this.#open.add(recording);
    this.#latest.set(call.callSid, recording);
    return recording;
  }

  /** A call is over: its row goes behind its last stream, if that was recorded here. */
  finished(row: { readonly call_sid: string }): void {
    this.#latest.get(row.call_sid)?.row(row);
    this.#latest.delete(row.call_sid);
  }

  /** Settles when all that waits now is written: the recordings of calls that are over are whole then. Never rejects. */
  async written(): Promise<void> {
    await this.#writing;
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#write();
    }
    await this.#writing;
  }

  /** Writes what waits, for 2 s at most, and closes every file. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const recording of this.#open) recording.stop();
    clearTimeout(this.#timer);
    const written = (this.#writing ?? Promise.resolve()).then(() => this.#writePending());
    await withDeadline(written, CLOSE_MS, 'Writing the last recordings').catch((error) =>
      this.#options.logger.error({ err: summarize(error) }, 'The last recordings are not whole'),
    );
  }

  #nameOf({ callSid, hop }: RecordedCall): string {
    const time = new Date().toISOString().replace(/[-:]/g, '');
    return `${time}-${callMark(callSid)}-${hop}.ndjson`;
  }

  #onPending(recording: StreamRecording): void {
    this.#pending.add(recording);
    if (this.#closed || this.#writing) return;
    this.#timer ??= setTimeout(() => this.#write(), GATHER_MS);
  }

  #write(): void {
    this.#timer = undefined;
    this.#writing = this.#writePending().finally(() => {
      this.#writing = null;
      const [waiting] = this.#pending;
      if (waiting) this.#onPending(waiting);
    });
  }

  /** Goes round what waits now until all of it is written; other work has its turn after each slice. */
  async #writePending(): Promise<void> {
    let round = [...this.#pending];
    this.#pending.clear();
    while (round.length > 0) {
      const more: StreamRecording[] = [];
      for (const recording of round) {
        if (await recording.writeSome()) more.push(recording);
        if (recording.finished) this.#open.delete(recording);
        await nextTurn();
      }
      round = more;
    }
  }
}

/**
 * A file that grows, also after it was closed, made with its folder when the first text comes; one that was there before is never written to. Only
 * its owner may read it: it holds a conversation.
 */
function recordingFile(folder: string, name: string): GrowingFile {
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
