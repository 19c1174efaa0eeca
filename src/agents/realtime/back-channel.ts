/** Sounds of somebody who listens. */
const SOUND = /^(m+|h+m+|m+h+m+|mm+hm+|uh|huh|uhhuh|ah|aha|oh)$/;
/** Words that say no more than that, unless something was asked. */
const WORDS = new Set(
  'ok okay yes yeah yep right sure alright good great fine cool see i got it gotcha'.split(' '),
);
const MAX_WORDS = 3;

/**
 * Whether somebody who spoke briefly while the agent spoke was only listening: "mhm", "okay", or nothing that has words. `said`: what the
 * agent was saying; to a question in it "yes" is an answer.
 */
export function isBackChannel(words: string, said: string): boolean {
  const heard = words
    .toLowerCase()
    .replace(/[-'’]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  if (heard.length === 0) return true;
  if (heard.length > MAX_WORDS || said.includes('?')) return false;
  return heard.every((word) => SOUND.test(word) || WORDS.has(word));
}
