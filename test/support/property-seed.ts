/** Which examples the properties of a run try: those of `FC_SEED`, or others each time (null) where that is not set. Throws when it is no whole number of 32 bits. */
export function propertySeed(asked = process.env.FC_SEED ?? ''): number | null {
  if (asked === '') return null;
  const seed = Number(asked);
  if (!/^-?\d+$/.test(asked) || seed !== (seed | 0))
    throw new Error(`FC_SEED must be a whole number of 32 bits, not "${asked}".`);
  return seed;
}

const seed = propertySeed();
if (seed !== null) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
