#!/usr/bin/env node
import { placeCall } from '../call-command/place-call.js';

process.exitCode = await placeCall(process.argv.slice(2), process.env);
