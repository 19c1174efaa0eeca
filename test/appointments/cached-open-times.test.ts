import { cachedOpenTimesContract } from '../contracts/cached-open-times.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) cachedOpenTimesContract(kind);
