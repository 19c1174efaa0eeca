import { text, widthOf } from './inspect-svg.js';

export interface Label {
  /** Of its mark. */
  readonly x: number;
  /** Where it stands if there is room. */
  readonly side: 'left' | 'right';
  readonly words: string;
  readonly fill: string;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

const SIZE = 11;
const LINE_HEIGHT = 13;
/** Between a label and its mark, and at least between two labels. */
const GAP = 6;
const MARGIN = 4;

/**
 * Labels beside their marks in a line of text, or several above each other: one that would touch another, or leave the row, moves
 * to its mark's other side, to the line above, or is left out.
 */
export class LabelLines {
  readonly #left: number;
  readonly #right: number;
  readonly #taken: readonly Stretch[][];

  constructor(left: number, right: number, lines = 1) {
    this.#left = left;
    this.#right = right;
    this.#taken = Array.from({ length: lines }, () => []);
  }

  /** No label covers this. */
  keepFree(from: number, to: number): void {
    for (const line of this.#taken) line.push({ from, to });
  }

  /** Labels that come first have the first choice. `baseline`: of the lowest line. */
  place(labels: readonly Label[], baseline: number): string {
    return labels.map((label) => this.#place(label, baseline)).join('');
  }

  #place({ x, side, words, fill }: Label, baseline: number): string {
    const width = widthOf(words, SIZE);
    const [right, left] = [x + GAP, x - GAP - width];
    const starts = side === 'right' ? [right, left] : [left, right];
    for (const [index, line] of this.#taken.entries()) {
      const from = starts.find((start) => this.#isFree(line, start, start + width));
      if (from === undefined) continue;
      line.push({ from, to: from + width });
      const isRight = from > x;
      const y = baseline - index * LINE_HEIGHT;
      const anchor = isRight ? undefined : 'end';
      return text(isRight ? from : x - GAP, y, words, { 'font-size': SIZE, fill, 'text-anchor': anchor });
    }
    return '';
  }

  #isFree(line: readonly Stretch[], from: number, to: number): boolean {
    if (from < this.#left || to > this.#right) return false;
    return line.every((other) => to + MARGIN < other.from || from > other.to + MARGIN);
  }
}
