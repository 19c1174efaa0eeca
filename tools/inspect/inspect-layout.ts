/** Where things are in the picture of a recording, in pixels. */
export const LAYOUT = {
  width: 1600,
  left: 92,
  plotWidth: 1480,
  /** Height of one side's wave. */
  lane: 64,
  /** From the top of one row to the next. */
  pitch: 306,
  /** Title, figures and legend. */
  head: 118,
  foot: 16,
} as const;

/** Within a row, from its top. */
export const ROW = {
  states: 0,
  statesHeight: 18,
  callerLabels: 35,
  caller: 41,
  callerWords: 119,
  agentLabels: 150,
  agent: 156,
  agentWords: 234,
  speaking: 241,
  marks: 252,
  marksHeight: 14,
  bottom: 268,
} as const;

// Told apart by people with any colour vision, and in grey: blue, green, amber, vermilion.
export const COLOURS = {
  paper: '#ffffff',
  ink: '#1c2733',
  faint: '#66717e',
  grid: '#eceff3',
  strongGrid: '#cfd6de',
  state: '#e4e9f0',
  otherState: '#f0f3f7',
  caller: '#0b4f8a',
  callerLight: '#8fb8dc',
  callerBand: '#f6f9fc',
  agent: '#0a6b53',
  agentLight: '#8ccbb8',
  agentBand: '#edf7f3',
  speech: '#f5c24a',
  rejected: '#c9cfd6',
  clear: '#c0321f',
  key: '#1c2733',
  mark: '#66717e',
} as const;
