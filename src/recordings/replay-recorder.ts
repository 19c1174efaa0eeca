import type { StreamTap } from '../twilio/stream-tap.js';
import { Pseudonyms } from './pseudonyms.js';
import { type Happening, type RecordedCall, RecordedLines, type RecordedSettings } from './recorded-lines.js';
import { parseRecording, type Recording } from './recording.js';

type Without<T> = T extends unknown ? Omit<T, 'at'> : never;

/** Keeps what happens on the streams of one call, as the recorder of a gateway would write it; what is in it is a pseudonym already. */
export class ReplayRecorder {
  readonly #settings: RecordedSettings;
  readonly #pseudonyms = new Pseudonyms(null);
  readonly #streams: { add(happening: Without<Happening>): void; readonly text: () => string }[] = [];

  constructor(settings: RecordedSettings) {
    this.#settings = settings;
  }

  get streamCount(): number {
    return this.#streams.length;
  }

  /** As far as they have come. */
  get streams(): Recording[] {
    return this.#streams.map(({ text }) => parseRecording(text(), 'The replay'));
  }

  open(call: RecordedCall): StreamTap {
    const add = this.#begin(call);
    let ended = false;
    const keep = (happening: Without<Happening>) => {
      if (!ended) add(happening);
    };
    return {
      received: (text) => keep({ what: 'in', text }),
      sent: (text) => keep({ what: 'out', text }),
      note: (note) => keep({ what: 'note', note }),
      end: (how) => {
        keep({ what: 'end', how });
        ended = true;
      },
    };
  }

  finished(row: object): void {
    this.#streams.at(-1)?.add({ what: 'row', row });
  }

  #begin(call: RecordedCall): (happening: Without<Happening>) => void {
    const openedAt = performance.now();
    const lines = new RecordedLines({
      pseudonyms: this.#pseudonyms,
      call,
      keepVoice: true,
      settings: this.#settings,
    });
    const header = lines.header(new Date());
    const happened: Happening[] = [];
    const add = (happening: Without<Happening>) =>
      void happened.push({ ...happening, at: performance.now() - openedAt });
    this.#streams.push({ add, text: () => header + happened.map((each) => lines.line(each)).join('') });
    return add;
  }
}
