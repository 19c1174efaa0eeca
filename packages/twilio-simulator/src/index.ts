export { type CallEvent, CallRecord, type CallState, type Outcome } from './call-record.js';
export { SimulatorError, type SimulatorErrorCode } from './error.js';
export { SharedTicker, type Ticker } from './ticker.js';
export { TwilioCall, type TwilioCallOptions } from './twilio-call.js';
export { TwilioSimulator, type TwilioSimulatorOptions } from './twilio-simulator.js';
