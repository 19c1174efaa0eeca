import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { callForm, newSid } from '../../packages/twilio-simulator/src/call-form.js';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import { MEDIA_PATH } from '../../src/twilio/paths.js';
import { StreamTokens } from '../../src/twilio/stream-token.js';
import { GatewayProcess } from '../../test/support/gateway-process.js';
import { FrameTimes } from './frame-times.js';
import { handshake, RawSocket } from './raw-socket.js';

export const PUBLIC_URL = 'http://voice.example.test';
export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';

/** As `main.ts` keeps it, given here because a probe is loaded before that: at V8's own size its young generation alone grows by most of what an attack may cost. */
const YOUNG_GENERATION = '--max-semi-space-size=2';

/** What the gateways seal their tokens with: for tokens that they would never give. */
const tokens = new StreamTokens(AUTH_TOKEN);

export function startAttacked(settings: Readonly<Record<string, string>> = {}): Promise<GatewayProcess> {
  const own = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, NODE_OPTIONS: YOUNG_GENERATION };
  return GatewayProcess.start({ ...own, ...settings });
}

export function twilioTo(gatewayUrl: string): TwilioSimulator {
  return new TwilioSimulator({ gatewayUrl, publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN });
}

/** The path of a stream with a token as the gateway itself would seal it; good for a minute from now, or as said. */
export function sealedPath(callSid = newSid('CA'), validMs = 60_000): string {
  const claims = { callSid, from: '+15125550177', attestation: null, hop: 0 };
  return `${MEDIA_PATH}${tokens.issue({ ...claims, expiresAt: Date.now() + validMs })}`;
}

/** What a token in TwiML vouches for; null when there is none that the gateway has sealed. */
export function claimsIn(twiml: string) {
  return tokens.unseal(/\/twilio\/media\/([\w-]+)"/.exec(twiml)?.[1] ?? '');
}

/** Twilio's signature of an upgrade, or of a form. */
export function signatureOf(url: string, form: Readonly<Record<string, string>> = {}): string {
  return webhooks.getExpectedTwilioSignature(AUTH_TOKEN, url, form);
}

export function streamSignature(path: string): string {
  return signatureOf(`${PUBLIC_URL.replace('http', 'ws')}${path}`);
}

/** The headers of an upgrade that Twilio makes. */
export function signedFor(path: string): Record<string, string> {
  return { 'X-Twilio-Signature': streamSignature(path) };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

/** A signed webhook; `signed`: the form whose signature is used, when it is another than the one that is sent. */
export async function post(
  gateway: GatewayProcess,
  path: string,
  form: Readonly<Record<string, string>>,
  signed: Readonly<Record<string, string>> = form,
): Promise<Answer> {
  const startedAt = performance.now();
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'x-twilio-signature': signatureOf(`${PUBLIC_URL}${path}`, signed), connection: 'close' },
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  return { status: response.status, text, ms: performance.now() - startedAt };
}

/** The form of an incoming call, as Twilio sends it. */
export function voiceForm(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [accountSid, callSid] = [newSid('AC'), newSid('CA')];
  // Each from another number: one that nobody attests has three calls at once.
  const from = `+1512555${randomInt(1000, 10_000)}`;
  const call = { accountSid, callSid, from, to: '+15125550199', stir: 'B' };
  return { ...callForm(call), CallStatus: 'ringing', ...more };
}

/** One figure of `/metrics`; 0 when it never moved. `labels` as they are printed, e.g. `reason="path"`. */
export async function metric(gateway: GatewayProcess, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(labels ? `${name}{${labels}}` : `${name} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** Megabytes that a process holds now. */
export function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

export async function isAlive(gateway: GatewayProcess): Promise<boolean> {
  return fetch(`${gateway.url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Callers who speak to the echo agent all the time: what comes back tells what each frame lives through. */
export class EchoedCalls {
  readonly times: readonly FrameTimes[];
  readonly calls: readonly TwilioCall[];

  constructor(twilio: TwilioSimulator, count: number) {
    this.times = Array.from({ length: count }, () => new FrameTimes());
    this.calls = this.times.map((time) => twilio.call({ keepAudio: false, onAudio: time.onAudio }));
  }

  async untilEchoed(): Promise<void> {
    await Promise.all(this.calls.map((call) => call.untilState('streaming')));
    for (const call of this.calls) call.setVoice(Buffer.alloc(300_000 * 8, 0x2a));
    await pause(1500);
  }

  /** How many frames came back while `work` ran, of how many that were sent, and how long apart 99 of 100 were. */
  async during<T>(work: () => Promise<T>) {
    for (const time of this.times) time.begin();
    const startedAt = performance.now();
    const result = await work();
    const due = (this.calls.length * (performance.now() - startedAt)) / 20;
    return { ...FrameTimes.sum(this.times), due, result };
  }

  get live(): number {
    return this.calls.filter(({ state }) => state === 'streaming').length;
  }
}

/** So many at a time. */
export async function inTurns(
  count: number,
  atOnce: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const REASONS = [
  'path',
  'signature',
  'token_forged',
  'token_expired',
  'token_early',
  'token_used',
  'draining',
];

/** Upgrades that were refused so far, whatever the reason. */
export async function refusals(gateway: GatewayProcess): Promise<number> {
  const counts = await Promise.all(
    REASONS.map((reason) => metric(gateway, 'bayline_upgrade_rejects_total', `reason="${reason}"`)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** The most megabytes that a gateway held while `work` ran. */
export async function mostHeldDuring(gateway: GatewayProcess, work: () => Promise<void>): Promise<number> {
  let most = residentMb(gateway.pid);
  const watching = setInterval(() => {
    most = Math.max(most, residentMb(gateway.pid));
  }, 100);
  await work();
  clearInterval(watching);
  return most;
}

/** The lines that a gateway has logged with this text. */
export function linesOf(gateway: GatewayProcess, text: string): { time: number; callSid: string }[] {
  const lines = gateway.log.filter((line) => line.includes(text)).map((line) => JSON.parse(line));
  return lines.map(({ time, call_sid }) => ({ time: Date.parse(time), callSid: String(call_sid) }));
}

/** A stream that was let in; rejects when it was not. */
export async function openStream(gatewayUrl: string, path: string): Promise<RawSocket> {
  const raw = await RawSocket.open(gatewayUrl);
  raw.socket.write(handshake(path, signedFor(path)));
  await raw.untilAnswered();
  if (raw.status !== 101) throw new Error(`A good upgrade was answered with ${raw.status}.`);
  return raw;
}
