/** The `Date` of an answer has whole seconds, and was some time on its way: less than this is no difference. */
const IS_SAME_MS = 2_000;

/** How far the gateway's clock is before the one of this device. */
let aheadMs = 0;

/** Learns what time it is at the gateway: `date` is the header of an answer that has just come. */
export function learnTime(date: string | null): void {
  const told = Date.parse(date ?? '') - Date.now();
  if (Math.abs(told - aheadMs) > IS_SAME_MS) aheadMs = told;
}

/** The time at the gateway, which all times of calls come from, in milliseconds since 1970. */
export function gatewayNow(): number {
  return Date.now() + aheadMs;
}
