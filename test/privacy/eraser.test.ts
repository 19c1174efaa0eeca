import { eraserContract } from '../contracts/eraser.js';
import { DATABASE_KINDS } from '../support/test-database.js';

for (const kind of DATABASE_KINDS) eraserContract(kind);
