import type { Database } from '../../src/database/database.js';

/** This database, of which the next operations reject with these, one after the other; null: that one is done. */
export function faultyDatabase(database: Database, faults: (Error | null)[]): Database {
  const unlessAtFault = <T>(work: () => Promise<T>): Promise<T> => {
    const fault = faults.shift();
    return fault ? Promise.reject(fault) : work();
  };
  return {
    embedded: database.embedded,
    ready: database.ready,
    run: (work) => unlessAtFault(() => database.run(work)),
    transaction: (work, withinMs) => unlessAtFault(() => database.transaction(work, withinMs)),
    locked: (lock, steps, withinMs) => unlessAtFault(() => database.locked(lock, steps, withinMs)),
    listen: (channel, listener) => database.listen(channel, listener),
    check: () => database.check(),
    close: () => database.close(),
  };
}
