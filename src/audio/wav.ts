/** Uncompressed 16-bit audio: one array of samples for each channel, all of the same length. */
interface WavAudio {
  readonly sampleRate: number;
  readonly channels: readonly Int16Array[];
}

const PCM = 1;
const EXTENSIBLE = 0xfffe;

/**
 * Reads a RIFF/WAVE file of 16-bit PCM with any number of channels; other chunks are skipped. A data chunk whose
 * stated length runs past the end (a recording that was cut off, a streamed file) is read as far as it goes.
 * Throws a `RangeError` that says what is wrong with the file.
 */
export function readWav(file: Uint8Array): WavAudio {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new RangeError('This is no WAV file: it does not begin with RIFF and WAVE');
  }
  const format = readFormat(findChunk(bytes, 'fmt '));
  const data = findChunk(bytes, 'data');
  return { sampleRate: format.sampleRate, channels: split(data, format.channels) };
}

function findChunk(bytes: Buffer, id: string): Buffer {
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === id) return bytes.subarray(at + 8, at + 8 + length);
    at += 8 + length + (length % 2);
  }
  throw new RangeError(`The WAV file has no "${id.trim()}" chunk`);
}

function readFormat(chunk: Buffer): { channels: number; sampleRate: number } {
  if (chunk.length < 16) throw new RangeError('The "fmt" chunk of the WAV file is cut off');
  const [format, channels, bits] = [chunk.readUInt16LE(0), chunk.readUInt16LE(2), chunk.readUInt16LE(14)];
  if ((format !== PCM && format !== EXTENSIBLE) || bits !== 16 || channels === 0) {
    throw new RangeError(
      `The WAV file holds format ${format} with ${bits} bits; convert it to 16-bit PCM (format 1)`,
    );
  }
  return { channels, sampleRate: chunk.readUInt32LE(4) };
}

function split(data: Buffer, channelCount: number): Int16Array[] {
  const frames = Math.floor(data.length / (2 * channelCount));
  return Array.from({ length: channelCount }, (_, channel) =>
    Int16Array.from({ length: frames }, (_, i) => data.readInt16LE((i * channelCount + channel) * 2)),
  );
}
