import { parentPort, threadId, workerData } from 'node:worker_threads';

// Run as a thread of its own: tells what it was given, and that it is no main thread.
const told: string = `${workerData} in a thread`;
parentPort?.postMessage(threadId > 0 ? told : 'no thread');
