import { greetsByName } from './agents/keypad/keypad-prompts.js';
import type { CallLog } from './call-log/call-log.js';
import type { CustomerCache } from './customers/customer-cache.js';
import type { CustomerLookup } from './customers/customer-lookup.js';
import { formsOf, normalizePhone } from './customers/phone-number.js';
import type { Database } from './database/database.js';
import type { DeskExecutor } from './desk/desk-executor.js';
import type { Fleet } from './line/fleet.js';
import { ErasedRecordings } from './privacy/erased-recordings.js';
import { Eraser } from './privacy/eraser.js';
import { Retention } from './privacy/retention.js';
import type { Recorders } from './recordings-wiring.js';
import type { PromptCache } from './speech/prompt-cache.js';
import type { GatewayContext } from './wiring.js';

interface Stores {
  readonly customerCache: CustomerCache;
  readonly fleet: Pick<Fleet, 'liveCalls'>;
}

interface Records {
  readonly database: Database;
  readonly lookup: Pick<CustomerLookup, 'forget'>;
  readonly executor: DeskExecutor;
  readonly callLog: Pick<CallLog, 'recordWaiting'>;
}

/** Erasure at a person's wish, and what is deleted by itself when its time is over. */
export function createPrivacy(
  { config, logger }: GatewayContext,
  { customerCache, fleet }: Stores,
  { database, lookup, executor, callLog }: Records,
  { files, browser, folder }: Pick<Recorders, 'files' | 'browser' | 'folder'>,
  prompts: Pick<PromptCache, 'drop'>,
) {
  const drop = async (callSids: readonly string[]) =>
    browser.drop(callSids) + ((await folder?.dropCalls(callSids)) ?? 0);
  const forgetNames = () => prompts.drop(greetsByName);
  const erasedRecordings = new ErasedRecordings({ database, logger, drop, forgetNames });
  const eraser = new Eraser({
    database,
    logger,
    formsOf,
    isOnTheLine: async (phone) => {
      const { sessions } = await fleet.liveCalls();
      return sessions.some(({ caller_phone }) => normalizePhone(caller_phone) === phone);
    },
    uncache: async (phone) => {
      await lookup.forget(phone);
      // That nothing was there to remove is told like a fault; that it was written over is not.
      const isGone = await customerCache.cacheCustomer(phone, {}, 1);
      await customerCache.invalidateCustomerCache(phone);
      return isGone;
    },
    recordWaiting: () => callLog.recordWaiting(),
    dropRecordings: async () => {
      // What is still to be written would make a file of its own.
      await files?.written();
      return erasedRecordings.look();
    },
  });
  const dropRecordings = folder ? (before: Date) => folder.dropBefore(before) : undefined;
  const retention = new Retention({ database, logger, days: config.retentionDays, dropRecordings });
  const start = () => {
    retention.start();
    void erasedRecordings.look();
    erasedRecordings.start();
  };
  void database.ready.then(start).catch(() => undefined);
  const close = async () => {
    eraser.close();
    erasedRecordings.close();
    await retention.close();
  };
  return { erasures: atDesk(eraser, executor), close };
}

/** As all that the counter asks for: an answer within 2 s. */
function atDesk(eraser: Eraser, executor: DeskExecutor): Pick<Eraser, 'customer' | 'call'> {
  return {
    customer: (id) => executor.bounded(() => eraser.customer(id)),
    call: (callSid) => executor.bounded(() => eraser.call(callSid)),
  };
}
