export type ProfileName = 'azure' | 'huggingface' | 'localai' | 'openai' | 'xai';

/** Where servers of the protocol differ. Reports of their users, not tried against the services. */
export interface Profile {
  readonly name: ProfileName;
  /** The path of the upgrade. */
  readonly path: string;
  /** Which header carries the key; `none`: nobody is asked for one. */
  readonly auth: 'bearer' | 'bearer or api-key' | 'none';
  /** Whether the address must name a model (a deployment, a pipeline). */
  readonly needsModel: boolean;
  readonly formats: readonly ('audio/pcm' | 'audio/pcmu')[];
  /** What becomes of `rate` beside `audio/pcmu`. */
  readonly pcmuRate: 'accepted' | 'refused';
  /** What becomes of fields of `session.update` that are not known, and of formats that are not. */
  readonly unknownFields: 'ignored' | 'refused';
  /** `added`: `conversation.item.added` and `.done`; `created`: `conversation.item.created` alone. */
  readonly itemEvents: 'added' | 'created';
  readonly truncation: 'acknowledged' | 'ignored';
  /** Whether an item may be truncated to 0 ms. Reports differ. */
  readonly truncatesToZero: boolean;
  /** `growing`: the caller's transcript is sent as completed again and again as it grows. */
  readonly transcripts: 'growing' | 'once';
  /** `unannounced`: items name predecessors that no event told of. */
  readonly predecessors: 'announced' | 'unannounced';
  readonly semanticVad: boolean;
  /** `session.created` comes so late. */
  readonly createdAfterMs: number;
  readonly maxSessions: number;
  /** The error with which a session that is too old ends. */
  readonly expiry: 'server_error' | 'session_expired';
}

const OPENAI: Profile = {
  name: 'openai',
  path: '/v1/realtime',
  auth: 'bearer',
  needsModel: true,
  formats: ['audio/pcmu', 'audio/pcm'],
  pcmuRate: 'refused',
  unknownFields: 'refused',
  itemEvents: 'added',
  truncation: 'acknowledged',
  truncatesToZero: false,
  transcripts: 'once',
  predecessors: 'announced',
  semanticVad: true,
  createdAfterMs: 0,
  maxSessions: Number.POSITIVE_INFINITY,
  expiry: 'session_expired',
};

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  openai: OPENAI,
  azure: {
    ...OPENAI,
    name: 'azure',
    path: '/openai/v1/realtime',
    auth: 'bearer or api-key',
    expiry: 'server_error',
  },
  xai: {
    ...OPENAI,
    name: 'xai',
    pcmuRate: 'accepted',
    unknownFields: 'ignored',
    truncatesToZero: true,
    transcripts: 'growing',
    predecessors: 'unannounced',
  },
  huggingface: {
    ...OPENAI,
    name: 'huggingface',
    auth: 'none',
    needsModel: false,
    formats: ['audio/pcm'],
    unknownFields: 'ignored',
    itemEvents: 'created',
    truncation: 'ignored',
    truncatesToZero: true,
    maxSessions: 1,
  },
  localai: {
    ...OPENAI,
    name: 'localai',
    auth: 'none',
    formats: ['audio/pcm'],
    unknownFields: 'ignored',
    truncatesToZero: true,
    semanticVad: false,
    createdAfterMs: 1500,
  },
};
