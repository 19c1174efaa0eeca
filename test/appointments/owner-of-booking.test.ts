import { ownerOfBookingContract } from '../contracts/owner-of-booking.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) ownerOfBookingContract(kind);
