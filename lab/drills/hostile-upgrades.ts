import { WebSocket } from 'ws';
import { newSid } from '../../packages/twilio-simulator/src/call-form.js';
import { MEDIA_PATH } from '../../src/twilio/paths.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { StreamMessages, streamSidOf } from '../../test/support/stream-messages.js';
import type { Drill, DrillRow } from '../drill-topic.js';
import {
  EchoedCalls,
  metric,
  PUBLIC_URL,
  refusals,
  sealedPath,
  signatureOf,
  signedFor,
  startAttacked,
  streamSignature,
  twilioTo,
} from './attacked-gateway.js';
import { handshake, RawSocket } from './raw-socket.js';
import { flood, resets, silence } from './upgrade-storms.js';

const LIVE_CALLS = 20;

export const topic: Drill = {
  title: `Upgrades that must be refused, beside ${LIVE_CALLS} live calls`,
  async drill() {
    const gateway = await startAttacked({ AGENT: 'echo' });
    const twilio = twilioTo(gateway.url);
    try {
      const rows = [...(await wrongUpgrades(gateway)), ...(await wrongStarts(gateway))];
      const live = new EchoedCalls(twilio, LIVE_CALLS);
      await live.untilEchoed();
      rows.push(
        await resets(gateway, live),
        ...(await flood(gateway, live)),
        ...(await silence(gateway, live)),
      );
      return rows;
    } finally {
      await twilio.close();
      await gateway.stop();
    }
  },
};

type Variant = readonly [name: string, status: number, request: () => string];

/** The path that is asked for, with a signature that is right for another address. */
function signedElsewhere(address: (path: string) => string): () => string {
  return () => {
    const path = sealedPath();
    return handshake(path, { 'X-Twilio-Signature': signatureOf(address(path)) });
  };
}

function at(change: (path: string) => string): () => string {
  return () => {
    const path = change(sealedPath());
    return handshake(path, signedFor(path));
  };
}

const VARIANTS: readonly Variant[] = [
  ['no signature', 403, () => handshake(sealedPath(), {})],
  ['an empty signature', 403, () => handshake(sealedPath(), { 'X-Twilio-Signature': '' })],
  ['a wrong signature', 403, () => handshake(sealedPath(), { 'X-Twilio-Signature': 'A'.repeat(27) })],
  ['a signature of 4 kB', 403, () => handshake(sealedPath(), { 'X-Twilio-Signature': 'A'.repeat(4096) })],
  ['the signature twice', 403, () => twice(sealedPath())],
  ['signed with the scheme of the webhooks', 403, signedElsewhere((path) => `${PUBLIC_URL}${path}`)],
  [
    'signed for another token',
    403,
    signedElsewhere(() => `${PUBLIC_URL.replace('http', 'ws')}${sealedPath()}`),
  ],
  ['a query behind the token', 404, at((path) => `${path}?a=b`)],
  ['two slashes behind the token', 404, at((path) => `${path}//`)],
  ['the path in capitals', 404, at((path) => path.replace('media', 'MEDIA'))],
  ['no token', 404, at(() => MEDIA_PATH)],
  ['a forged token', 403, at((path) => `${path.slice(0, -2)}${path.endsWith('AA') ? 'BB' : 'AA'}`)],
  ['an expired token', 403, () => withToken(sealedPath(undefined, -6000))],
  ['a token of the future', 403, () => withToken(sealedPath(undefined, 300_000))],
];

function withToken(path: string): string {
  return handshake(path, signedFor(path));
}

function twice(path: string): string {
  const line = `X-Twilio-Signature: ${streamSignature(path)}\r\n`;
  return handshake(path, {}).replace('\r\n\r\n', `\r\n${line}${line}\r\n`);
}

async function wrongUpgrades(gateway: GatewayProcess): Promise<DrillRow[]> {
  const wrong: string[] = [];
  const times: number[] = [];
  for (const [name, expected, request] of VARIANTS) {
    const taken: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { status, ms } = await ask(gateway, request());
      if (status !== expected) wrong.push(`${name}: ${status}`);
      taken.push(ms);
    }
    times.push(taken.sort((a, b) => a - b)[2] ?? 0);
  }
  const counted = await refusals(gateway);
  const path = sealedPath();
  const [first, again] = [await ask(gateway, withToken(path)), await ask(gateway, withToken(path))];
  const fault = `${VARIANTS.length} kinds of wrong upgrades, 5 each`;
  const slowest = Math.max(...times);
  return [
    {
      fault,
      required: 'each refused with 403 or 404, and counted',
      seen: wrong.length === 0 ? `all, ${counted} counted` : wrong.slice(0, 5).join('; '),
      held: wrong.length === 0 && counted === VARIANTS.length * 5,
    },
    {
      fault,
      required: 'within 10 ms (median of each kind)',
      seen: `${slowest.toFixed(1)} ms at most`,
      held: slowest <= 10,
    },
    {
      fault: 'a good token, and again',
      required: '101, then 403',
      seen: `${first.status}, then ${again.status}`,
      held: first.status === 101 && again.status === 403,
    },
  ];
}

async function ask(gateway: GatewayProcess, request: string): Promise<{ status: number; ms: number }> {
  const raw = await RawSocket.open(gateway.url);
  const startedAt = performance.now();
  raw.socket.write(request);
  await raw.untilAnswered();
  const ms = performance.now() - startedAt;
  const { status } = raw;
  raw.socket.destroy();
  return { status, ms };
}

async function wrongStarts(gateway: GatewayProcess): Promise<DrillRow[]> {
  const before = await metric(gateway, 'bayline_calls_started_total', 'resumed="false"');
  const closings: { code: number; ms: number }[] = [];
  for (let n = 0; n < 20; n += 1) {
    const path = sealedPath();
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, { headers: signedFor(path) });
    await new Promise((resolve) => socket.once('open', resolve));
    const startedAt = performance.now();
    socket.send(JSON.stringify(new StreamMessages(streamSidOf(n), newSid('CA')).start()));
    const code = await new Promise<number>((resolve) => socket.once('close', resolve));
    closings.push({ code, ms: performance.now() - startedAt });
  }
  const begun = (await metric(gateway, 'bayline_calls_started_total', 'resumed="false"')) - before;
  const slowest = Math.max(...closings.map(({ ms }) => ms));
  const wrong = closings.filter(({ code }) => code !== 1008).length;
  return [
    {
      fault: 'a start that names another call than its token, 20 times',
      required: 'closed with 1008 within 50 ms, no call begins',
      seen: `${wrong} closed otherwise, ${slowest.toFixed(1)} ms at most, ${begun} calls`,
      held: wrong === 0 && slowest <= 50 && begun === 0,
    },
  ];
}
