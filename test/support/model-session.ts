import { onTestFinished } from 'vitest';
import type { ProfileName } from '../../packages/realtime-simulator/src/profiles.js';
import {
  RealtimeSimulator,
  type RealtimeSimulatorOptions,
} from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { RealtimeConfig } from '../../src/agent-settings.js';
import type {
  ModelEvent,
  ModelFault,
  ModelListener,
  ModelSession,
  ModelSetup,
  SessionObserver,
} from '../../src/agents/realtime/model.js';
import { RealtimeSession } from '../../src/agents/realtime/realtime-session.js';
import { loadConfig } from '../../src/config.js';
import { arrived } from './simulated-call.js';

export const SETUP: ModelSetup = {
  instructions: 'You answer the telephone of a garage.',
  functions: [
    {
      name: 'find_open_times',
      description: 'Finds open times.',
      parameters: { type: 'object', properties: { day: { type: 'string' } }, required: ['day'] },
    },
  ],
};

/** The settings with which each server is spoken to, besides its address. */
export const PROFILE_SETTINGS: Readonly<Record<ProfileName, Record<string, string>>> = {
  openai: { OPENAI_API_KEY: 'sk-of-nobody' },
  azure: { REALTIME_HEADERS: '{"api-key":"of-nobody"}' },
  xai: { OPENAI_API_KEY: 'xai-of-nobody', REALTIME_AUDIO: 'pcmu8000' },
  huggingface: { REALTIME_AUDIO: 'pcm24000', REALTIME_OFF: 'truncate' },
  localai: { REALTIME_AUDIO: 'pcm24000' },
};

export function settingsFor(
  profile: ProfileName,
  url: string,
  env: Record<string, string> = {},
): RealtimeConfig {
  return loadConfig({ REALTIME_URL: url, ...PROFILE_SETTINGS[profile], ...env }).realtime;
}

/** Keeps what it is told. */
export class KeptListener implements ModelListener {
  readonly told: (
    | ModelEvent
    | { readonly type: 'ready' }
    | { readonly type: 'end'; readonly fault: ModelFault }
  )[] = [];

  onReady(): void {
    this.told.push({ type: 'ready' });
  }

  onEvent(event: ModelEvent): void {
    this.told.push(event);
  }

  onEnd(fault: ModelFault): void {
    this.told.push({ type: 'end', fault });
  }

  of<T extends ModelEvent['type']>(type: T): Extract<ModelEvent, { type: T }>[] {
    return this.told.filter((each): each is Extract<ModelEvent, { type: T }> => each.type === type);
  }

  get fault(): ModelFault | undefined {
    return this.told.flatMap((each) => (each.type === 'end' ? [each.fault] : []))[0];
  }

  /** Settles when something of this type was told `count` times. */
  async until(type: KeptListener['told'][number]['type'], count = 1): Promise<void> {
    await arrived(() => {
      if (this.told.filter((each) => each.type === type).length < count)
        throw new Error(`no ${count}. ${type} among ${this.told.map((each) => each.type).join(' ')}`);
    });
  }

  /** Settles with the fault with which the session ended. */
  async untilEnd(): Promise<ModelFault> {
    await this.until('end');
    return this.fault ?? { code: 'none', fatal: false };
  }
}

export interface OpenedSession {
  readonly model: RealtimeSimulator;
  readonly realtime: RealtimeConfig;
  readonly session: RealtimeSession;
  readonly listener: KeptListener;
}

/** A scripted server and a session of it, both closed when the test is over. */
export async function openSession(
  {
    profile = 'openai',
    ...options
  }: Omit<RealtimeSimulatorOptions, 'profile'> & { profile?: ProfileName } = {},
  { env = {}, observer }: { env?: Record<string, string>; observer?: SessionObserver } = {},
): Promise<OpenedSession> {
  const model = new RealtimeSimulator({ profile, ...options });
  const realtime = settingsFor(profile, await model.listen(), env);
  const session = new RealtimeSession({ realtime, setup: SETUP, ...(observer ? { observer } : {}) });
  const listener = new KeptListener();
  session.listen(listener);
  onTestFinished(async () => {
    session.close();
    await model.close();
  });
  return { model, realtime, session, listener };
}

/** Gives a session audio as a call would, in frames of 20 ms. */
export function pushAll(session: Pick<ModelSession, 'pushAudio'>, mulaw: Buffer): void {
  for (let at = 0; at < mulaw.length; at += 160) session.pushAudio(mulaw.subarray(at, at + 160));
}
