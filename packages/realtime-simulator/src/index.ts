export type { AudioType } from './audio/formats.js';
export { type Speak, type Spoken, toneVoice } from './audio/tone-voice.js';
export { RealtimeSimulatorError, type RealtimeSimulatorErrorCode } from './error.js';
export type { ModelSession } from './model/model-session.js';
export type { Breach, SessionEvent } from './model/session-record.js';
export type { WordTime } from './model/spoken-words.js';
export { PROFILES, type Profile, type ProfileName } from './profiles.js';
export { RealtimeSimulator, type RealtimeSimulatorOptions } from './realtime-simulator.js';
export { readScript } from './script/read-script.js';
export type {
  Action,
  CallerTurn,
  Failure,
  Moment,
  Opening,
  Pace,
  Rule,
  Script,
  When,
} from './script/script.js';
