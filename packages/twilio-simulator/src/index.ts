export { type CallEvent, CallRecord, type CallState, type Outcome } from './call-record.js';
export { runConformance } from './conformance/conformance-run.js';
export type { Finding } from './conformance/finding.js';
export { SimulatorError, type SimulatorErrorCode } from './error.js';
export { SharedTicker, type Ticker } from './ticker.js';
export { TwilioCall, type TwilioCallOptions } from './twilio-call.js';
export { TwilioSimulator, type TwilioSimulatorOptions } from './twilio-simulator.js';
