import { audibleSettings } from './config.js';
import { BrowserRecordings, type RecordedStreams, recordedByAll } from './recordings/browser-recordings.js';
import { type CallWaveforms, callWaveforms } from './recordings/call-waveform.js';
import { RecordingFolder } from './recordings/recording-folder.js';
import { StreamRecorder } from './recordings/stream-recorder.js';
import type { CallShops } from './shop/call-shops.js';
import type { StoredShop } from './shop/stored-shop.js';
import type { GatewayContext } from './wiring.js';

export interface Recorders {
  readonly recorder: RecordedStreams;
  /** Undefined: nothing is written to files. */
  readonly files: StreamRecorder | undefined;
  readonly browser: BrowserRecordings;
  /** What is in those files; null: nothing is written to files. */
  readonly folder: RecordingFolder | null;
  readonly waveforms: CallWaveforms;
  close(): Promise<void>;
}

/** Where streams are recorded: those of the front desk's telephone in memory, and every one in a file when the settings ask for it. */
export function createRecorders(
  { config, logger }: GatewayContext,
  { calls }: { readonly calls: CallShops },
): Recorders {
  const { folder: path, keepVoice } = config.recordings;
  const settingsOf = (callSid: string) => {
    const { settings, retired, rules, revision } = calls.of(callSid);
    const stored: StoredShop = {
      revision,
      settings,
      retired: Object.fromEntries(retired),
      closures: rules.closures,
    };
    return { settings: audibleSettings(config, settings), shop: stored };
  };
  const browser = new BrowserRecordings({ settingsOf, logger });
  const files =
    path === undefined ? undefined : new StreamRecorder({ folder: path, keepVoice, settingsOf, logger });
  const folder = path === undefined ? null : new RecordingFolder(path);
  const waveforms = callWaveforms(browser, folder);
  const all = files ? [browser, files] : [browser];
  const close = async () => {
    await Promise.all(all.map((recorder) => recorder.close()));
  };
  return { recorder: recordedByAll(all), files, browser, folder, waveforms, close };
}
