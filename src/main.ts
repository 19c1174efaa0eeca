#!/usr/bin/env node
import { keepHeapSmall } from './core/v8-heap.js';

keepHeapSmall(`${process.execArgv} ${process.env.NODE_OPTIONS}`);
// Not before: what is loaded makes the heap grow.
const { runProgram } = await import('./program.js');
await runProgram(process.env, process.argv.slice(2));
