import { callFiguresContract } from '../contracts/call-figures.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) callFiguresContract(kind);
