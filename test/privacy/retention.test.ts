import { retentionContract } from '../contracts/retention.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) retentionContract(kind);
