import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { yieldToCalls } from '../../src/core/worker-thread.js';

const niceness = () => Number(readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]?.split(' ')[16]);

const before = niceness();
yieldToCalls(workerData);
parentPort?.postMessage({ before, after: niceness() });
