import { ShopCalendar } from './appointments/shop-calendar.js';
import { figureReader } from './call-log/call-figures.js';
import type { Database } from './database/database.js';
import { DayDesk } from './desk/day-desk.js';
import type { DeskExecutor } from './desk/desk-executor.js';
import { ShopSettingsDesk } from './desk/shop-settings-desk.js';
import type { ShopStore } from './shop/shop-store.js';
import { ShopWriter } from './shop/shop-writer.js';

/** What only the counter uses: the shop's settings, the book by days, its address for calendar programs, the figures. */
export function createCounter(database: Database, current: ShopStore, executor: DeskExecutor) {
  const writer = new ShopWriter({ database, store: current });
  return {
    shopDesk: new ShopSettingsDesk({ current, writer, executor }),
    days: new DayDesk({ database, current, executor }),
    calendar: new ShopCalendar(database),
    figures: figureReader(database),
  };
}
