import { wrongVinTriesContract } from '../contracts/wrong-vin-tries.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) wrongVinTriesContract(kind);
