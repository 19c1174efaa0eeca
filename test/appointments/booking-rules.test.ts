import { bookingRulesContract } from '../contracts/booking-rules.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) bookingRulesContract(kind);
