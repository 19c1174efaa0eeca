import { text, widthOf } from './inspect-svg.js';

export interface Label {
  /** Of its mark. */
  readonly x: number;
  /** Where it stands if there is room. */
  readonly side: 'left' | 'right';
  readonly words: string;
  readonly fill: string;
}

const SIZE = 11;
/** Between a label and its mark, and at least between two labels. */
const GAP = 6;
const MARGIN = 4;

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

  #place({ x, side, words, fill }: Label, baseline: number): string {
    const width = widthOf(words, SIZE);
    const [right, left] = [x + GAP, x - GAP - width];
    const choices = side === 'right' ? [right, left] : [left, right];
    const from = choices.find((start) => this.#isFree(start, start + width));
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
    return this.#taken.every((other) => to + MARGIN < other.from || from > other.to + MARGIN);
  }
}
