import { importStoreContract } from '../../contracts/import-store.js';
import { DATABASE_KINDS } from '../../support/test-database.js';

for (const kind of DATABASE_KINDS) importStoreContract(kind);
