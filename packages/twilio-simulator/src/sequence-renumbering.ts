// Numbers are texts, as Twilio writes them, or JSON numbers.
const SEQUENCE = /"sequenceNumber":("?)\d+\1/;
/** Those of a frame, in Twilio's order. */
const NUMBERS =
  /"sequenceNumber":("?)\d+\1(,"media":\{"track":"\w*",)"chunk":("?)\d+\3,"timestamp":("?)\d+\4/;

/** Numbers the messages of a recorded stream anew, so that they fit where more or less is sent than when it was recorded. */
export class SequenceRenumbering {
  readonly #streamSid: string;
  #sequence = 0;
  #chunk = 0;
  #timestampMs = 0;
  #shiftMs = 0;

  constructor(streamSid: string) {
    this.#streamSid = streamSid;
  }

  /** So much of the caller's time is left out. */
  skip(ms: number): void {
    this.#shiftMs -= ms;
  }

  /** What has no number stays as it is. */
  message(text: string): string {
    if (!SEQUENCE.test(text)) return text;
    this.#sequence += 1;
    return text.replace(SEQUENCE, `"sequenceNumber":"${this.#sequence}"`);
  }

  frame(text: string, recordedMs: number): string {
    if (!NUMBERS.test(text)) return this.message(text);
    this.#sequence += 1;
    this.#chunk += 1;
    this.#timestampMs = Math.max(0, recordedMs + this.#shiftMs);
    const [sequence, chunk, timestamp] = [this.#sequence, this.#chunk, this.#timestampMs];
    return text.replace(
      NUMBERS,
      (_all, _quote, track: string) =>
        `"sequenceNumber":"${sequence}"${track}"chunk":"${chunk}","timestamp":"${timestamp}"`,
    );
  }

  /** A frame that was not recorded: so much later than the one before. */
  silence(payload: string, ms: number): string {
    this.#shiftMs += ms;
    const media = { track: 'inbound', chunk: '0', timestamp: '0', payload };
    const text = JSON.stringify({ event: 'media', sequenceNumber: '0', media, streamSid: this.#streamSid });
    return this.frame(text, this.#timestampMs + ms - this.#shiftMs);
  }

  mark(name: string): string {
    return this.message(
      JSON.stringify({ event: 'mark', sequenceNumber: '0', mark: { name }, streamSid: this.#streamSid }),
    );
  }
}
