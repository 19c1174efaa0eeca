import { customerRepositoryContract } from '../contracts/customer-repository.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) customerRepositoryContract(kind);
