import { callbacksContract } from '../contracts/callbacks.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) callbacksContract(kind);
