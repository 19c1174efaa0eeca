/** Stamped audio carries, in the first six bytes of a frame, when it was sent: µs of the machine's steady clock, which all its processes share. */
const STAMP_BYTES = 6;

export function clockUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Writes the time of now at the beginning of each frame of `frameBytes`. */
export function stamp(audio: Buffer, frameBytes: number): void {
  const now = clockUs();
  for (let at = 0; at + STAMP_BYTES <= audio.length; at += frameBytes)
    audio.writeUIntBE(now, at, STAMP_BYTES);
}

export function readStamp(audio: Buffer, at: number): number {
  return audio.readUIntBE(at, STAMP_BYTES);
}
