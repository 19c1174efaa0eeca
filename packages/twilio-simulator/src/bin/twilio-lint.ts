#!/usr/bin/env node
import { lintStream } from '../lint/lint-stream.js';

process.exitCode = await lintStream(process.argv.slice(2), process.env);
