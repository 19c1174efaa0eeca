type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An SVG element; numbers are rounded to hundredths, an undefined attribute is left out. `content` is SVG already. */
export function tag(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? number(value) : escapeText(value ?? '')}"`)
    .join('');
  return content.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${content.join('')}</${name}>`;
}

export function rect(x: number, y: number, width: number, height: number, attributes: Attributes): string {
  return tag('rect', { x, y, width: Math.max(0, width), height, ...attributes });
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return tag('line', { x1, y1, x2, y2, ...attributes });
}

/** `y` is the baseline. */
export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return tag('text', { x, y, ...attributes }, escapeText(words));
}

/** A shape that lies as far below as above `middle`: `heights[i]` at `x + i * step`. */
export function mirrored(
  x: number,
  middle: number,
  step: number,
  heights: ArrayLike<number>,
  attributes: Attributes,
): string {
  const points = Array.from(heights, (height, i) => [x + i * step, height] as const);
  const above = points.map(([at, height]) => `${number(at)},${number(middle - height)}`);
  const below = points.reverse().map(([at, height]) => `${number(at)},${number(middle + height)}`);
  return tag('polygon', { points: [...above, ...below].join(' '), ...attributes });
}

/** About how wide a sans-serif text is, rather a little too much than too little. */
export function widthOf(words: string, size: number): number {
  let ems = 0;
  for (const letter of words)
    ems += /[ijlftr.,:;'’|() ]/.test(letter) ? 0.32 : /[A-Zmw_…–]/.test(letter) ? 0.78 : 0.56;
  return ems * size;
}

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escapeText(value: string | number): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return String(value).replace(/[&<>"]/g, (character) => names[character] ?? '');
}
