import { shopStoreContract } from '../contracts/shop-store.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) shopStoreContract(kind);
