import type { FinishedCall } from '../shell/answers.js';

type Listed = Pick<FinishedCall, 'call_sid' | 'started_at'>;

/** What of the calls is shown: the latest first, without a gap. */
export interface CallPages<Call extends Listed = FinishedCall> {
  readonly calls: readonly Call[];
  /** There are none before these. */
  readonly isAll: boolean;
}

/** So many calls are asked for at once. */
export const PAGE = 50;

/** With the first page as it now is. Where so many calls are new that some may be missing between, it begins anew. */
export function withFirst<Call extends Listed>(
  shown: CallPages<Call> | null,
  first: readonly Call[],
): CallPages<Call> {
  const last = first.at(-1);
  if (last === undefined || first.length < PAGE) return { calls: first, isAll: true };
  const known = new Set(shown?.calls.map(({ call_sid }) => call_sid));
  if (!shown || !first.some(({ call_sid }) => known.has(call_sid))) return { calls: first, isAll: false };
  const own = new Set(first.map(({ call_sid }) => call_sid));
  // A later one that is missing was erased.
  const earlier = shown.calls.filter(
    ({ call_sid, started_at }) => started_at <= last.started_at && !own.has(call_sid),
  );
  return { calls: [...first, ...earlier], isAll: shown.isAll };
}

/** With the page that was asked for with `before`; as it was, when that is no longer the last call shown. */
export function withEarlier<Call extends Listed>(
  shown: CallPages<Call>,
  before: string,
  page: readonly Call[],
): CallPages<Call> {
  if (shown.calls.at(-1)?.call_sid !== before) return shown;
  return { calls: [...shown.calls, ...page], isAll: page.length < PAGE };
}
