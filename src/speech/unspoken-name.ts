import { speakable } from './speakable.js';

const LONG_WORD = /\S{31}/;
const WHAT_TO_DO = 'Write SHOP_NAME in English letters, as callers are to hear it.';

/**
 * What to tell whoever starts a gateway with a shop's name that callers do not hear as it is written: the voice reads English letters,
 * with or without accents, digits and signs. Null when it can say the name.
 */
export function unspokenName(name: string): string | null {
  const said = speakable(name);
  if (said === '')
    return `The voice cannot say SHOP_NAME "${name}": callers hear the greeting without a name. ${WHAT_TO_DO}`;
  if (hasUnsaid(name))
    return `The voice cannot say all of SHOP_NAME "${name}": callers hear "${said}". ${WHAT_TO_DO}`;
  if (LONG_WORD.test(name))
    return `SHOP_NAME "${name}" has a word of more than 30 letters: callers hear it in parts, as "${said}". ${WHAT_TO_DO}`;
  return null;
}

/** A letter, digit or picture that is dropped; a missing dash or quotation mark is not heard. */
function hasUnsaid(name: string): boolean {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return /[^\P{L}\p{ASCII}]|[^\P{N}\p{ASCII}]|[^\P{Emoji_Presentation}\p{ASCII}]/u.test(plain);
}
