import { cardinal } from '../../core/spelled-numbers.js';

/** Those of one word. */
const NUMBERS: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 100 }, (_, number) => [cardinal(number), number] as const).filter(
    ([word]) => !word.includes('-'),
  ),
);

/**
 * The words of a text as they are compared: small letters without accents and marks; English numbers below a hundred in digits, and digits
 * that follow each other as one ("9:30", "nine thirty"). Empty where there is nothing to say.
 */
export function comparableWords(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/['’\p{M}]/gu, '')
    .replace(/\b(\p{L})\.(?=\p{L}\b)/gu, '$1');
  const words: string[] = [];
  // Of "thirty five": the ten that waits for its unit.
  let ten: number | null = null;
  const add = (digits: string) => {
    const last = words.at(-1);
    if (last !== undefined && /^\p{N}/u.test(last)) words.push(`${words.pop()}${digits}`);
    else words.push(digits);
  };
  for (const word of plain.match(/\p{L}+|\p{N}+/gu) ?? []) {
    const number = NUMBERS.get(word);
    if (ten !== null) {
      const isUnit = number !== undefined && number > 0 && number < 10;
      add(String(isUnit ? ten + number : ten));
      ten = null;
      if (isUnit) continue;
    }
    if (number !== undefined && number >= 20) ten = number;
    else if (number !== undefined) add(String(number));
    else if (/^\p{N}/u.test(word)) add(word);
    else words.push(word);
  }
  if (ten !== null) add(String(ten));
  return words;
}

/** Whether a transcript has the words of a text, all of them and no other. */
export function saidExactly(transcript: string, text: string): boolean {
  return comparableWords(transcript).join(' ') === comparableWords(text).join(' ');
}
