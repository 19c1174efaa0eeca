#!/usr/bin/env node
import { realtimeServe } from '../serve/realtime-serve.js';

process.exitCode = await realtimeServe(process.argv.slice(2));
