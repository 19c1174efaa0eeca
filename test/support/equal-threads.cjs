'use strict';

// Loaded by each thread of a test's process before anything else. A gateway's threads that compute go behind those of calls, also behind those of other
// gateways and tests: beside a dozen of them a database would answer too late. How threads go behind is tested where this is not loaded.
const { syncBuiltinESMExports } = require('node:module');
const os = require('node:os');
const { isMainThread } = require('node:worker_threads');

if (!isMainThread) {
  os.setPriority = () => undefined;
  syncBuiltinESMExports();
}
