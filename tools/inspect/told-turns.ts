import { z } from 'zod';
import type { Recording } from '../recording/recording.js';

/** A turn of the call's history that is not the agent's: what the caller was understood to say, or a function of a voice model and what came of it. */
export interface ToldTurn {
  readonly atMs: number;
  readonly who: 'caller' | 'tool';
  readonly text: string;
}

const Row = z.object({
  transcript: z.array(z.object({ role: z.string(), content: z.string(), timestamp: z.iso.datetime() })),
});
/** A key was recorded where it was pressed; speech without words was found. */
const SAYS_NOTHING_NEW = /^(pressed (.|a key)|\[speech\])$/;

/** Those of this stream, out of the row of its call; `[]` where there is none, as for all streams of a call but its last. */
export function turnsOf({ recorded_at }: Recording['header'], lines: Recording['lines']): ToldTurn[] {
  const beganAt = Date.parse(recorded_at);
  const rows = lines.flatMap((line) => ('row' in line ? [Row.safeParse(line.row).data] : []));
  return rows.flatMap((row) =>
    (row?.transcript ?? []).flatMap(({ role, content, timestamp }): ToldTurn[] => {
      const atMs = Date.parse(timestamp) - beganAt;
      if (atMs < 0 || role === 'assistant' || SAYS_NOTHING_NEW.test(content)) return [];
      return [{ atMs, who: role === 'function' ? 'tool' : 'caller', text: content }];
    }),
  );
}
