import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallPages, PAGE, withEarlier, withFirst } from '../../../src/web/calls/call-pages.js';
import { runs } from '../../support/property-runs.js';

/** The call that began so many minutes after the first. */
function call(minute: number) {
  return {
    call_sid: `CA${minute}`,
    started_at: new Date(Date.UTC(2026, 10, 30) + minute * 60_000).toISOString(),
  };
}

/** A log of so many calls, as the API tells it. */
function log(count: number) {
  let minutes = Array.from({ length: count }, (_, n) => n);
  const calls = () => minutes.toReversed().map(call);
  return {
    calls,
    add: (more: number) => {
      const next = (minutes.at(-1) ?? -1) + 1;
      minutes = [...minutes, ...Array.from({ length: more }, (_, n) => next + n)];
    },
    erase: (minute: number) => {
      minutes = minutes.filter((each) => each !== minute);
    },
    first: () => calls().slice(0, PAGE),
    before: (sid: string) => {
      const from = calls().findIndex(({ call_sid }) => call_sid === sid) + 1;
      return calls().slice(from, from + PAGE);
    },
  };
}

type Pages = CallPages<ReturnType<typeof call>>;
const lastOf = ({ calls }: Pages) => calls.at(-1)?.call_sid ?? '';

function earlier(pages: Pages, of: ReturnType<typeof log>): Pages {
  return withEarlier(pages, lastOf(pages), of.before(lastOf(pages)));
}

describe('the pages of the list of calls', () => {
  test('calls that fall off the first page stay in the list when new ones come', () => {
    const calls = log(120);
    const two = earlier(withFirst(null, calls.first()), calls);
    expect([two.calls.length, two.isAll]).toEqual([100, false]);
    calls.add(3);
    const joined = withFirst(two, calls.first());
    expect(joined.calls).toEqual(calls.calls().slice(0, 103));
    expect(earlier(joined, calls)).toEqual({ calls: calls.calls(), isAll: true });
  });

  test('a list that was whole is whole when it grows beyond a page', () => {
    const calls = log(PAGE - 1);
    const whole = withFirst(null, calls.first());
    expect(whole.isAll).toBe(true);
    calls.add(4);
    expect(withFirst(whole, calls.first())).toEqual({ calls: calls.calls(), isAll: true });
  });

  test('where more calls than a page are new, it begins anew, and those between can be asked for', () => {
    const calls = log(60);
    const all = earlier(withFirst(null, calls.first()), calls);
    calls.add(PAGE);
    const anew = withFirst(all, calls.first());
    expect(anew).toEqual({ calls: calls.first(), isAll: false });
    expect(earlier(anew, calls).calls).toEqual(calls.calls().slice(0, 100));
  });

  test('a page that was asked for twice is in it once', () => {
    const calls = log(200);
    const first = withFirst(null, calls.first());
    const [asked, page] = [lastOf(first), calls.before(lastOf(first))];
    const once = withEarlier(first, asked, page);
    expect(withEarlier(once, asked, page)).toBe(once);
  });

  test('a call of the first page that was erased is gone', () => {
    const calls = log(80);
    const all = earlier(withFirst(null, calls.first()), calls);
    calls.erase(70);
    expect(withFirst(all, calls.first()).calls).toEqual(calls.calls());
  });

  test('whatever comes and is asked for, the list is the log without a gap, as far as it goes', () => {
    const step = fc.oneof(
      fc.integer({ min: 0, max: 120 }).map((added) => ({ added })),
      fc.constant('earlier' as const),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 130 }), fc.array(step, { maxLength: 12 }), (count, steps) => {
        const calls = log(count);
        let pages: Pages = withFirst(null, calls.first());
        for (const each of steps) {
          if (each === 'earlier') pages = pages.isAll ? pages : earlier(pages, calls);
          else {
            calls.add(each.added);
            pages = withFirst(pages, calls.first());
          }
          expect(pages.calls).toEqual(calls.calls().slice(0, pages.calls.length));
          if (pages.isAll) expect(pages.calls).toEqual(calls.calls());
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
