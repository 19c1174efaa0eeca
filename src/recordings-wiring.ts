import { audibleSettings } from './config.js';
import { BrowserRecordings, type RecordedStreams, recordedByAll } from './recordings/browser-recordings.js';
import { StreamRecorder } from './recordings/stream-recorder.js';
import type { CallShops } from './shop/call-shops.js';
import type { StoredShop } from './shop/stored-shop.js';
import type { GatewayContext } from './wiring.js';

export interface Recorders {
  readonly recorder: RecordedStreams;
  /** Undefined: nothing is written to files. */
  readonly files: StreamRecorder | undefined;
  readonly browser: BrowserRecordings;
  close(): Promise<void>;
}

/** Where streams are recorded: those of the front desk's telephone in memory, and every one in a file when the settings ask for it. */
export function createRecorders(
  { config, logger }: GatewayContext,
  { calls }: { readonly calls: CallShops },
): Recorders {
  const { folder, keepVoice } = config.recordings;
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
    folder === undefined ? undefined : new StreamRecorder({ folder, keepVoice, settingsOf, logger });
  const all = files ? [browser, files] : [browser];
  const close = async () => {
    await Promise.all(all.map((recorder) => recorder.close()));
  };
  return { recorder: recordedByAll(all), files, browser, close };
}
