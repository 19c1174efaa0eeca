import { appointmentBookContract } from '../contracts/appointment-book.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) appointmentBookContract(kind);
