/**
 * Words that Flite says wrongly or weakly by itself, in its own phones (US English CMU set; 1 is the stressed vowel).
 * The days of the week end in a weak "-dee" in its dictionary, which a telephone blurs.
 */
export const PRONUNCIATIONS: Readonly<Record<string, string>> = {
  monday: 'm ah1 n d ey0',
  tuesday: 't uw1 z d ey0',
  wednesday: 'w eh1 n z d ey0',
  thursday: 'th er1 z d ey0',
  friday: 'f r ay1 d ey0',
  saturday: 's ae1 t er0 d ey0',
  sunday: 's ah1 n d ey0',
  hyundai: 'hh ah1 n d ey0',
  kia: 'k iy1 ax0',
  tahoe: 't aa1 hh ow0',
  nguyen: 'w ih1 n',
};

/** The same as a file for Flite's `-add_lex`. */
export function lexiconFile(): string {
  const lines = Object.entries(PRONUNCIATIONS).map(([word, phones]) => `"${word}" nil : ${phones}`);
  return `# word, part of speech (any), phones\n${lines.join('\n')}\n`;
}
