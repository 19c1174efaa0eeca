import { calendarContract } from '../contracts/calendar.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) calendarContract(kind);
