import { speakable } from './speakable.js';

const LONG_WORD = /\S{31}/;

/**
 * What to tell whoever gives a name that callers do not hear as it is written: the voice reads English letters, with or without accents, digits
 * and signs. Null when it can say the name. `called`: what the name is, for the sentence.
 */
export function unspokenName(name: string, called = 'SHOP_NAME'): string | null {
  const said = speakable(name);
  const whatToDo = `Write ${called} in English letters, as callers are to hear it.`;
  if (said === '')
    return `The voice cannot say ${called} "${name}": callers would not hear it at all. ${whatToDo}`;
  if (hasUnsaid(name))
    return `The voice cannot say all of ${called} "${name}": callers hear "${said}". ${whatToDo}`;
  if (LONG_WORD.test(name))
    return `${called} "${name}" has a word of more than 30 letters: callers hear it in parts, as "${said}". ${whatToDo}`;
  return null;
}

/** A letter, digit or picture that is dropped; a missing dash or quotation mark is not heard. */
function hasUnsaid(name: string): boolean {
  const plain = name.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return /[^\P{L}\p{ASCII}]|[^\P{N}\p{ASCII}]|[^\P{Emoji_Presentation}\p{ASCII}]/u.test(plain);
}
