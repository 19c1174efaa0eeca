import { conflictsContract } from '../contracts/conflicts.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) conflictsContract(kind);
