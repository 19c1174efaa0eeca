import { Pseudonyms } from '../../src/recordings/pseudonyms.js';
import {
  type Happening,
  type RecordedCall,
  RecordedLines,
  type RecordedSettings,
  type UntimedHappening,
} from '../../src/recordings/recorded-lines.js';
import type { StreamObserver } from '../../src/twilio/stream-observer.js';
import { parseRecording, type RecordedLine, type Recording } from '../recording/recording.js';

/** A frame as Twilio writes it; most of a call is frames. */
const FRAME =
  /^\{"event":"media","sequenceNumber":"\d+","media":\{"track":"inbound","chunk":"\d+","timestamp":"\d+","payload":"[\w+/=]*"\},"streamSid":"\w+"\}$/;

/** Keeps what happens on the streams of one call, as the recorder of a gateway would write it; what is in it is a pseudonym already. */
export class ReplayRecorder {
  readonly #settings: RecordedSettings;
  readonly #shop: object | undefined;
  readonly #pseudonyms = new Pseudonyms(null);
  readonly #streams: StreamMemory[] = [];

  /** `shop`: as the recording has it. */
  constructor(settings: RecordedSettings, shop: object | undefined) {
    this.#settings = settings;
    this.#shop = shop;
  }

  get streamCount(): number {
    return this.#streams.length;
  }

  /** As far as they have come. */
  get streams(): Recording[] {
    return this.#streams.map((stream) => stream.recording);
  }

  open(call: RecordedCall): StreamObserver {
    const [pseudonyms, settings, shop] = [this.#pseudonyms, this.#settings, this.#shop];
    const stream = new StreamMemory(new RecordedLines({ pseudonyms, call, keepVoice: true, settings, shop }));
    this.#streams.push(stream);
    let ended = false;
    const keep = (happening: UntimedHappening) => {
      if (!ended) stream.add(happening);
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
}

class StreamMemory {
  readonly #lines: RecordedLines;
  readonly #openedAt = performance.now();
  readonly #header: string;
  readonly #happened: Happening[] = [];
  readonly #frames = new Set<Happening>();

  constructor(lines: RecordedLines) {
    this.#lines = lines;
    this.#header = lines.header(new Date());
  }

  add(happening: UntimedHappening): void {
    const happened = { ...happening, at: performance.now() - this.#openedAt };
    this.#happened.push(happened);
    if (happened.what === 'in' && FRAME.test(happened.text)) this.#frames.add(happened);
  }

  /** There is nothing to be replaced in frames: they are not looked at closely. */
  get recording(): Recording {
    const others = this.#happened.filter((each) => !this.#frames.has(each));
    const text = this.#header + others.map((each) => this.#lines.line(each)).join('');
    const { lines: parsed, ...rest } = parseRecording(text, 'The replay');
    const waiting = parsed.values();
    const lines = this.#happened.flatMap((each): RecordedLine[] => {
      if (each.what === 'in' && this.#frames.has(each))
        return [{ t: Math.round(each.at * 10) / 10, in: JSON.parse(each.text) }];
      const { value } = waiting.next();
      return value ? [value] : [];
    });
    return { ...rest, lines };
  }
}
