import { text, widthOf } from './inspect-svg.js';

export interface Label {
  readonly x: number;
  readonly words: string;
  readonly fill: string;
}

const SIZE = 11;
const GAP = 6;

/** Labels beside their marks in one line of text: one that would touch another, or leave the row, moves to the other side or is dropped. */
export class LabelLine {
  readonly #left: number;
  readonly #right: number;
  readonly #taken: { readonly from: number; readonly to: number }[] = [];

  constructor(left: number, right: number) {
    this.#left = left;
    this.#right = right;
  }

  /** No label covers this. */
  keepFree(from: number, to: number): void {
    this.#taken.push({ from, to });
  }

  /** Labels that come first have the first choice. */
  place(labels: readonly Label[], baseline: number): string {
    return labels.map((label) => this.#place(label, baseline)).join('');
  }

  #place({ x, words, fill }: Label, baseline: number): string {
    const width = widthOf(words, SIZE);
    const from = [x + GAP, x - GAP - width].find((start) => this.#isFree(start, start + width));
    if (from === undefined) return '';
    this.#taken.push({ from, to: from + width });
    const after = from > x;
    return text(after ? from : x - GAP, baseline, words, {
      'font-size': SIZE,
      fill,
      'text-anchor': after ? undefined : 'end',
    });
  }

  #isFree(from: number, to: number): boolean {
    if (from < this.#left || to > this.#right) return false;
    return this.#taken.every((other) => to + GAP < other.from || from > other.to + GAP);
  }
}
