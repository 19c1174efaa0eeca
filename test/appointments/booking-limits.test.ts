import { bookingLimitsContract } from '../contracts/booking-limits.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) bookingLimitsContract(kind);
