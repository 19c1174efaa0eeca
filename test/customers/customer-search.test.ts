import { customerSearchContract } from '../contracts/customer-search.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) customerSearchContract(kind);
