import { closureConflictsContract } from '../contracts/closure-conflicts.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) closureConflictsContract(kind);
