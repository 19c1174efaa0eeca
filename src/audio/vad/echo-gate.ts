/** Softer audio of ours comes back as nothing. */
const LOWEST_PLAYING_DBFS = -50;
/** What is louder than the echo was by so much is none. */
const MARGIN_DB = 3;
/** The echo is taken to come back within these, beside what plays: no line is free of it, and none returns more. */
const SOFTEST_DB = -28;
const LOUDEST_DB = -9;
/** What it is taken for until our audio has played for a second. */
const UNKNOWN_DB = -15;
const UNKNOWN_FRAMES = 50;
/** The last six seconds in which our audio played, in halves of a second. */
const BLOCKS = 12;
const BLOCK_FRAMES = 25;
/** A word may have begun so many frames before anything spoke for a voice. */
const RECENT_FRAMES = 15;
/** The third loudest block tells: somebody who speaks softly for a moment is no echo, and an echo returns again and again. */
const RANK = 3;

/**
 * How loud a frame must be to be more than our own audio on its way back. Learns how strongly it comes back on this call,
 * from all frames that turned out not to be the caller. Allocates nothing after it was made.
 */
export class EchoGate {
  /** How loud the loudest frame of each block was beside what played, in dB; -Infinity: not heard yet. */
  readonly #blocks = new Float64Array(BLOCKS).fill(Number.NEGATIVE_INFINITY);
  readonly #ranked = new Float64Array(BLOCKS);
  #next = 0;
  #frames = 0;
  #loudest = Number.NEGATIVE_INFINITY;
  /** How loud the latest frames were beside what played, in dB. */
  readonly #recent = new Float64Array(RECENT_FRAMES).fill(Number.NEGATIVE_INFINITY);
  /** The loudest frame that may yet turn out to be the caller's. */
  #undecided = Number.NEGATIVE_INFINITY;
  #gateDb = UNKNOWN_DB;

  /** In dBFS, for a frame in which audio of `playingDbfs` may come back; -Infinity when none can. */
  levelDbfs(playingDbfs: number): number {
    return playingDbfs > LOWEST_PLAYING_DBFS ? playingDbfs + this.#gateDb : Number.NEGATIVE_INFINITY;
  }

  /** A frame that is not taken for the caller's speech; `decided` is false while it may yet turn out to be. */
  learn(levelDbfs: number, playingDbfs: number, decided: boolean): void {
    if (playingDbfs <= LOWEST_PLAYING_DBFS) return;
    const slot = this.#frames % RECENT_FRAMES;
    this.#undecided = Math.max(this.#undecided, this.#recent[slot] ?? 0);
    this.#recent[slot] = levelDbfs - playingDbfs;
    if (decided) {
      this.#loudest = Math.max(this.#loudest, this.#undecided);
      this.#undecided = Number.NEGATIVE_INFINITY;
    }
    this.#frames += 1;
    if (this.#frames % BLOCK_FRAMES === 0) this.#endBlock();
  }

  /** What was not decided was our echo after all: it counts at once. */
  settle(): void {
    for (let n = 0; n < RECENT_FRAMES; n++) this.#loudest = Math.max(this.#loudest, this.#recent[n] ?? 0);
    this.#loudest = Math.max(this.#loudest, this.#undecided);
    this.forget();
    this.#frames += BLOCK_FRAMES - (this.#frames % BLOCK_FRAMES);
    this.#endBlock();
  }

  /** What was not decided was the caller. */
  forget(): void {
    this.#recent.fill(Number.NEGATIVE_INFINITY);
    this.#undecided = Number.NEGATIVE_INFINITY;
  }

  #endBlock(): void {
    this.#blocks[this.#next] = this.#loudest;
    this.#next = (this.#next + 1) % BLOCKS;
    this.#loudest = Number.NEGATIVE_INFINITY;
    this.#ranked.set(this.#blocks);
    this.#ranked.sort();
    const known = Math.min(BLOCKS, this.#frames / BLOCK_FRAMES);
    const rank = Math.min(RANK, Math.max(1, known >> 1));
    const echo = (this.#ranked[BLOCKS - rank] ?? UNKNOWN_DB) + MARGIN_DB;
    const gate = this.#frames < UNKNOWN_FRAMES ? Math.max(UNKNOWN_DB, echo) : echo;
    this.#gateDb = Math.min(LOUDEST_DB, Math.max(SOFTEST_DB, gate));
  }
}
