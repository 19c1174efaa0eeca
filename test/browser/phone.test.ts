import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { readServerMessage } from '../../packages/twilio-simulator/src/server-message.js';
import type { Session } from '../../src/sessions/session.js';
import { fixtureText } from '../../tools/recording/fixture-text.js';
import { parseCall, type Recording } from '../../tools/recording/recording.js';
import { replayVerdict } from '../../tools/replay/replay-verdict.js';
import { replayCall } from '../../tools/replay/replayed-fixture.js';
import { QuickVoice, SlowVoice } from '../support/test-gateway.js';
import { type FrontDesk, hasChromium, lookAt, openFrontDesk } from './front-desk.js';

/** Whom the page calls as unless somebody is chosen. */
const SOMEBODY_NEW = '+15125550177';
const SPEECH = fileURLToPath(new URL('../../fixtures/audio/sp_a_male_command.wav', import.meta.url));
const SPEAKING = [
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${SPEECH}`,
];
// A suite that is skipped uses none.
const NO_DESK: FrontDesk = undefined as never;
/** A machine that says so of its microphone. */
const WITHOUT_MICROPHONE = /microphone|media/i;

describe.skipIf(!hasChromium)('the phone in a browser without a microphone', async () => {
  const desk = hasChromium ? await openFrontDesk({ SHOP_HOURS: '24/7' }, new QuickVoice(), []) : NO_DESK;

  test('books by the keypad, and the call can be saved and replayed', async () => {
    const page = await desk.visit('/phone', { mayFail: WITHOUT_MICROPHONE });
    await page.getByText('Press Call.').waitFor();
    await call(page);
    await page.getByText('This machine has no microphone.').waitFor();
    await agentHasSaid(desk, 1);
    await page.getByRole('button', { name: '1', exact: true }).click();
    for (const answers of [2, 3, 4]) {
      await agentHasSaid(desk, answers);
      await page.keyboard.press('1');
    }
    await page.getByText('The agent hung up.').waitFor();
    await page.getByRole('link', { name: 'See it on Today' }).waitFor();
    await page.getByText('Messages on the wire').click();
    await page.getByRole('cell', { name: 'dtmf 1' }).nth(3).waitFor();
    await lookAt(page, 'phone-booked');
    const callSid = await callSidOf(page);
    expect(await appointmentsOf(desk, SOMEBODY_NEW)).toHaveLength(1);
    const streams = await recordingOf(desk, callSid);
    expect(wireFaults(streams)).toEqual([]);
    const fixture = parseCall(fixtureText(streams));
    expect(replayVerdict(fixture, await replayCall(fixture, new QuickVoice()), null)).toEqual([]);
  });

  test('sends a frame every 20 ms while the page is busy for 700 ms', async () => {
    const page = await desk.visit('/phone', { mayFail: WITHOUT_MICROPHONE });
    await call(page);
    await agentSays(page, 1);
    await page.evaluate(() => {
      for (const until = performance.now() + 700; performance.now() < until; ) {}
    });
    await page.keyboard.press('3');
    await agentSays(page, 2);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('You hung up.').waitFor();
    const [stream] = await recordingOf(desk, await callSidOf(page));
    const frames = framesOf(stream);
    expect(frames.length).toBeGreaterThan(35);
    expect(frames.map(({ timestamp }) => timestamp)).toEqual(frames.map((_, n) => 60 + 20 * n));
    const gaps = frames.slice(1).map(({ t }, n) => t - (frames[n]?.t ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(400);
  });
});

describe.skipIf(!hasChromium)('the phone on a page from plain http', async () => {
  const ADMIN_TOKEN = 'a-token-of-the-front-desk';
  const PUBLIC_URL = 'http://shop.test';
  const args = ['--host-resolver-rules=MAP shop.test 127.0.0.1'];
  const desk = hasChromium
    ? await openFrontDesk({ ADMIN_TOKEN, PUBLIC_URL }, new QuickVoice(), args)
    : NO_DESK;

  test('says why it has no microphone, and the call goes on with keys and ear', async () => {
    const page = await desk.visit('/phone', { mayFail: /status of 401/ });
    await page.goto(`${PUBLIC_URL}:${new URL(desk.gateway.url).port}/phone`);
    await page.getByLabel('Password').fill(ADMIN_TOKEN);
    await page.keyboard.press('Enter');
    await call(page);
    await page.getByText('this one came from http://shop.test').waitFor();
    await agentSays(page, 1);
    await page.keyboard.press('3');
    await agentSays(page, 2);
    await page.getByText('Messages on the wire').click();
    await page.getByRole('cell', { name: 'mark utterance-' }).first().waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('You hung up.').waitFor();
  });
});

describe.skipIf(!hasChromium)('the phone in a browser with a microphone', async () => {
  const desk = hasChromium ? await openFrontDesk({}, new SlowVoice(), SPEAKING) : NO_DESK;

  test('cuts the agent off when the caller speaks', async () => {
    const page = await desk.visit('/phone');
    await call(page);
    await page.getByText('Speak or press keys.').waitFor();
    await page.locator('.cut').waitFor();
    await lookAt(page, 'phone-call');
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('You hung up.').waitFor();
    const [stream] = await recordingOf(desk, await callSidOf(page));
    const interrupted = stream?.lines.find((line) => 'note' in line && line.note === 'interrupted');
    expect(interrupted).toMatchObject({ by: 'speech' });
    expect(wireFaults(stream ? [stream] : [])).toEqual([]);
  });
});

async function call(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await page.getByRole('button', { name: 'Hang up' }).waitFor();
}

/** Settles when the agent has begun to say its answer with that number. */
function agentSays(page: Page, answers: number): Promise<void> {
  return page
    .locator('.bubble-agent')
    .nth(answers - 1)
    .waitFor();
}

/** Settles when the caller has heard that answer of the agent's to its end. */
async function agentHasSaid({ gateway }: FrontDesk, answers: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { live } = await gateway.get<{ live: readonly Session[] }>('/api/live');
      const [session] = live;
      const said = session?.conversation_history.filter(({ role }) => role === 'assistant');
      expect([said?.length, session?.speaking]).toEqual([answers, false]);
    },
    { timeout: 10_000, interval: 20 },
  );
}

async function callSidOf(page: Page): Promise<string> {
  const address = await page.getByRole('link', { name: 'Look at the call' }).getAttribute('href');
  return address?.replace('/calls/', '') ?? '';
}

async function appointmentsOf({ gateway }: FrontDesk, caller: string): Promise<object[]> {
  const booked = await gateway.get<{ appointments: { caller_phone: string | null }[] }>(
    '/api/appointments?limit=200',
  );
  return booked.appointments.filter(({ caller_phone }) => caller_phone === caller);
}

async function recordingOf({ gateway }: FrontDesk, callSid: string): Promise<Recording[]> {
  const saved = await fetch(`${gateway.url}/api/phone/${callSid}/recording`);
  expect(saved.status).toBe(200);
  return parseCall(await saved.text());
}

function framesOf(stream: Recording | undefined): { t: number; timestamp: number }[] {
  return (stream?.lines ?? []).flatMap((line) => {
    const message = 'in' in line ? line.in : {};
    const media: unknown = message.media;
    if (!('in' in line) || typeof media !== 'object' || media === null || !('timestamp' in media)) return [];
    return [{ t: line.t, timestamp: Number(media.timestamp) }];
  });
}

/** What of both directions is not as Twilio has it. */
function wireFaults(streams: readonly Recording[]): string[] {
  return streams.flatMap(({ lines }) => {
    const received = lines.flatMap((line) => ('in' in line ? [line.in] : []));
    const sent = lines.flatMap((line) => ('out' in line ? [line.out] : []));
    const streamSid = String(received.find(({ event }) => event === 'start')?.streamSid);
    const marks = (messages: readonly Readonly<Record<string, unknown>>[]) =>
      messages.flatMap(({ mark }) => (mark ? [JSON.stringify(mark)] : []));
    return [
      ...sent.flatMap((message) =>
        readServerMessage(JSON.stringify(message), streamSid).faults.map(({ sentence }) => sentence),
      ),
      ...received.slice(1).flatMap((message, n) => orderFault(message, n + 1)),
      ...(received.at(-1)?.event === 'stop' || lines.some((line) => 'end' in line && line.end === 'closed')
        ? []
        : ['no stop']),
      ...(marks(received).join() === marks(sent).slice(0, marks(received).length).join()
        ? []
        : ['marks out of order']),
    ];
  });
}

/** Twilio's fields in Twilio's order, and its sequence without a gap. */
function orderFault(message: Readonly<Record<string, unknown>>, sequence: number): string[] {
  const { event, sequenceNumber } = message;
  const isInOrder = Object.keys(message).join() === `event,sequenceNumber,${event},streamSid`;
  return isInOrder && sequenceNumber === String(sequence)
    ? []
    : [`${event} with number ${sequenceNumber} as ${sequence}`];
}
