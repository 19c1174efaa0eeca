import { AT_LOCK } from '../../src/database/sql-pool.js';
import type { ProxiedConnection } from '../../test/support/tcp-proxy.js';
import type { Moment } from './booking-watch.js';

/** A fault at one step of a booking. */
export interface BookingFault {
  readonly name: string;
  readonly rounds: number;
  /** Callers who confirm together. */
  readonly calls: number;
  /** The step, and what is done to its connection there. */
  readonly at: Moment;
  readonly act: (connection: ProxiedConnection) => void;
  /** Of how many callers the step is waited for; the others are before it by then. */
  readonly reached: number;
  /** Whether and how the gateway dies: so many ms at most after the step, by chance. */
  readonly dies?: {
    readonly withinMs: number;
    /** Its machine is gone with it: PostgreSQL hears nothing of the end of its connections. */
    readonly silently?: boolean;
  };
}

const nothing = () => {};
const atOnce = { withinMs: 0 };

/**
 * A booking locks the book, so between its begin and its commit there is one at a time. Of those of one gateway {@link AT_LOCK} are on their way to
 * the database together: the others wait in its line meanwhile.
 */
export const BOOKING_FAULTS: readonly BookingFault[] = [
  {
    name: 'kill -9 before BEGIN',
    rounds: 3,
    calls: 10,
    at: 'begin',
    act: (connection) => connection.hold('toServer'),
    reached: AT_LOCK,
    dies: atOnce,
  },
  {
    name: 'kill -9 after INSERT',
    rounds: 5,
    calls: 4,
    at: 'insert',
    act: (connection) => connection.hold('toClient'),
    reached: 1,
    dies: { withinMs: 20 },
  },
  {
    name: 'kill -9 after INSERT, unnoticed by PostgreSQL',
    rounds: 2,
    calls: 4,
    at: 'insert',
    act: (connection) => connection.hold('toClient'),
    reached: 1,
    dies: { withinMs: 20, silently: true },
  },
  {
    name: 'kill -9 before COMMIT is forwarded',
    rounds: 5,
    calls: 4,
    at: 'commit',
    act: (connection) => connection.hold('toServer'),
    reached: 1,
    dies: atOnce,
  },
  {
    name: 'kill -9, answer to COMMIT held back',
    rounds: 10,
    calls: 4,
    at: 'commit',
    act: (connection) => connection.hold('toClient'),
    reached: AT_LOCK,
    dies: atOnce,
  },
  {
    name: 'kill -9 after the answer to COMMIT',
    rounds: 3,
    calls: 10,
    at: 'answer',
    act: nothing,
    reached: 1,
    dies: { withinMs: 40 },
  },
  {
    name: 'kill -9 while the booking is told',
    rounds: 3,
    calls: 10,
    at: 'answer',
    act: nothing,
    reached: 10,
    dies: { withinMs: 5000 },
  },
  {
    name: 'connection reset before COMMIT is forwarded',
    rounds: 1,
    calls: 10,
    at: 'commit',
    act: (connection) => connection.reset(),
    reached: 10,
  },
  {
    name: 'connection reset, COMMIT done, its answer lost',
    rounds: 1,
    calls: 10,
    at: 'answer',
    act: (connection) => connection.reset(),
    reached: 10,
  },
  {
    name: 'answer to COMMIT never comes',
    rounds: 1,
    calls: 4,
    at: 'answer',
    act: (connection) => connection.hold('toClient'),
    reached: 4,
  },
];
