// What stands at the beginning of a file, as Latin-1; `at`: behind so many bytes.
const MAGIC: readonly { readonly name: string; readonly at: number; readonly bytes: string }[] = [
  { name: 'WAV (RIFF)', at: 0, bytes: 'RIFF' },
  { name: 'Ogg', at: 0, bytes: 'OggS' },
  { name: 'MP3 (ID3)', at: 0, bytes: 'ID3\u0002' },
  { name: 'MP3 (ID3)', at: 0, bytes: 'ID3\u0003' },
  { name: 'MP3 (ID3)', at: 0, bytes: 'ID3\u0004' },
  { name: 'FLAC', at: 0, bytes: 'fLaC' },
  { name: 'AU', at: 0, bytes: '.snd' },
  { name: 'AIFF', at: 0, bytes: 'FORM' },
  { name: 'WebM', at: 0, bytes: '\u001aE\u00df\u00a3' },
  { name: 'MP4', at: 4, bytes: 'ftyp' },
];

/** The kind of file that begins here, by its first bytes; `null` for raw audio. Raw mu-law looks so by chance in one of 400 million messages. */
export function containerOf(audio: Buffer): string | null {
  return (
    MAGIC.find(({ at, bytes }) => audio.toString('latin1', at, at + bytes.length) === bytes)?.name ?? null
  );
}

const CHAINED_FRAMES = 3;
const HEADER_BYTES = 4;
// MPEG layer III, kbit/s: MPEG 1, then MPEG 2 and 2.5.
const BITRATES = [
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const RATES = [44_100, 48_000, 32_000] as const;

/**
 * MP3 without a tag begins here. The mark of a frame is common in quiet mu-law, so three frames must follow each other
 * at exactly the distances that their headers give, all of one kind.
 */
export function isMp3(audio: Buffer): boolean {
  let at = 0;
  for (let frame = 0; frame < CHAINED_FRAMES; frame++) {
    const bytes = frameBytes(audio, at);
    if (bytes === null || kindOf(audio, at) !== kindOf(audio, 0)) return false;
    at += bytes;
  }
  return true;
}

/** Version, layer, rate: the same in all frames of a file. */
function kindOf(audio: Buffer, at: number): number {
  return (audio.readUInt16BE(at) << 4) | ((audio[at + 2] ?? 0) & 0x0c);
}

function frameBytes(audio: Buffer, at: number): number | null {
  if (at + HEADER_BYTES > audio.length) return null;
  const [first = 0, second = 0, third = 0] = audio.subarray(at);
  const version = (second >> 3) & 3;
  const isLayer3 = first === 0xff && (second & 0xe6) === 0xe2 && version !== 1;
  const bitrate = BITRATES[version === 3 ? 0 : 1][(third >> 4) - 1];
  const rate = RATES[(third >> 2) & 3];
  if (!isLayer3 || bitrate === undefined || rate === undefined) return null;
  const slower = version === 3 ? 1 : version === 2 ? 2 : 4;
  const samples = version === 3 ? 144 : 72;
  return Math.floor((samples * bitrate * 1000) / (rate / slower)) + ((third >> 1) & 1);
}
