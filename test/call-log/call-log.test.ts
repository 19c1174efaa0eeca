import { callLogContract } from '../contracts/call-log.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) callLogContract(kind);
