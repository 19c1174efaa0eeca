/** A message of the agent's audio without the audio; `t`: milliseconds since the stream was accepted. */
export interface SentAudio {
  readonly t: number;
  readonly out: Readonly<Record<string, unknown>>;
  /** So many, one every 100 ms. */
  readonly times?: number | undefined;
}

const MESSAGE_MS = 100;
/** Sent in real time, a message may be so much later than its turn and still be one of a run; earlier, it would come to stand behind what followed it. */
const JITTER_MS = 25;

/** Messages that follow each other and are alike, as runs. `exact`: only where each is in its turn to the millisecond. */
export function foldedAudio(messages: readonly SentAudio[], exact: boolean): SentAudio[] {
  const runs: { first: SentAudio; times: number }[] = [];
  for (const message of messages) {
    const run = runs.at(-1);
    const lateMs = run ? message.t - run.first.t - run.times * MESSAGE_MS : 0;
    const inTurn = lateMs >= 0 && lateMs <= (exact ? 0 : JITTER_MS);
    const continues = run && inTurn && isSame(run.first, message);
    if (continues) run.times += 1;
    else runs.push({ first: message, times: 1 });
  }
  return runs.map(({ first, times }) => (times === 1 ? first : { ...first, times }));
}

export function unfoldedAudio({ t, out }: SentAudio, times: number): SentAudio[] {
  return Array.from({ length: times }, (_, n) => ({ t: t + n * MESSAGE_MS, out }));
}

function isSame(a: SentAudio, b: SentAudio): boolean {
  return JSON.stringify(a.out) === JSON.stringify(b.out);
}
