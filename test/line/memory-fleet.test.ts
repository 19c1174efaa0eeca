import { MemoryFleet } from '../../src/line/memory-fleet.js';
import { describeFleet } from '../contracts/fleet.js';

describeFleet('The in-process fleet', async () => new MemoryFleet());
