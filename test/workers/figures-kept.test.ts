import { expect, test } from 'vitest';
import { Metrics, sumOf } from '../../src/core/metrics.js';
import { FiguresKept } from '../../src/workers/figures-kept.js';

/** A worker that has begun so many calls and has so many. */
async function worker(begun: number, live: number) {
  const metrics = new Metrics();
  metrics.callsStarted.inc({ resumed: 'false' }, begun);
  metrics.liveCalls.set(live);
  metrics.sessionBehind.set(live);
  metrics.greetingDelay.observe(0.01);
  return metrics.figures();
}

async function figures(kept: FiguresKept, answered: number[]) {
  const text = await sumOf(await kept.of(new Set(answered)));
  const of = (name: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  return {
    begun: of('bayline_calls_started_total{resumed="false"}'),
    live: of('bayline_live_calls'),
    behind: of('bayline_session_behind_seconds'),
    greetings: of('bayline_greeting_delay_seconds_count'),
  };
}

test('the figures of workers add up; counts stay when one is late or gone, what it has now does not', async () => {
  const kept = new FiguresKept();
  kept.keep(1, await worker(10, 3));
  kept.keep(2, await worker(20, 5));
  expect(await figures(kept, [1, 2])).toEqual({ begun: 30, live: 8, behind: 5, greetings: 2 });
  expect(await figures(kept, [2])).toEqual({ begun: 30, live: 5, behind: 5, greetings: 2 });
  await kept.gone(1);
  expect(await figures(kept, [2])).toEqual({ begun: 30, live: 5, behind: 5, greetings: 2 });
  kept.keep(2, await worker(21, 6));
  expect(await figures(kept, [2])).toMatchObject({ begun: 31, live: 6 });
});

test('the counts of however many workers that are gone are kept', async () => {
  const kept = new FiguresKept();
  for (let id = 1; id <= 30; id += 1) {
    kept.keep(id, await worker(id, 1));
    void kept.gone(id);
  }
  expect(await figures(kept, [])).toMatchObject({ begun: (30 * 31) / 2, greetings: 30 });
});
