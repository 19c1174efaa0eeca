/** Days on which the shop, or one bay, is closed or has other hours; as the API gives it. */
export interface Closure {
  readonly id: number;
  /** `YYYY-MM-DD` in the shop's zone. */
  readonly from: string;
  /** The last day, included. */
  readonly to: string;
  /** Counted from 1; null: the whole shop. */
  readonly bay: number | null;
  /** The hours of each of those days in place of the usual ones, such as `10:00-14:00`; null: closed. */
  readonly hours: string | null;
  readonly reason: string | null;
}
