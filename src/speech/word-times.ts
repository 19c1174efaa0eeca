/** A sound of speech and when it ends, in ms from the beginning. */
interface Phone {
  readonly name: string;
  readonly endMs: number;
}

/** What Flite calls a pause. */
const PAUSE = 'pau';

/** What `flite -psdur` printed: `name:seconds` for each sound. Where it makes several utterances of a text, each begins at 0 again. */
export function readPhones(printed: string): Phone[] {
  let [offsetMs, lastMs] = [0, 0];
  return [...printed.matchAll(/(\S+):(\d+\.\d+)/g)].map(([, name = '', seconds = '0']) => {
    const ms = Number(seconds) * 1000;
    if (offsetMs + ms < lastMs) offsetMs = lastMs;
    lastMs = offsetMs + ms;
    return { name, endMs: lastMs };
  });
}

/** What `flite -ps` printed for words with commas between them: how many sounds each has. */
export function readPhoneCounts(printed: string): number[] {
  const words = printed.split(/\bpau\b/).map((sounds) => sounds.trim());
  return words.filter(Boolean).map((sounds) => sounds.split(/\s+/).length);
}

/**
 * When each word has been said, in whole ms; undefined when there is nothing to go by. `counts`: how many sounds each word has; where
 * they do not add up to what was said, they are shares of it.
 */
export function wordEnds(phones: readonly Phone[], counts: readonly number[]): number[] | undefined {
  const sounds = phones.filter(({ name }) => name !== PAUSE);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0 || sounds.length === 0) return undefined;
  let passed = 0;
  return counts.map((count) => {
    passed += count;
    const last = Math.round((passed * sounds.length) / total) - 1;
    return Math.round(sounds[last]?.endMs ?? 0);
  });
}
