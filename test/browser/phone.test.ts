import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FinishedCall } from '../../src/call-log/finished-call.js';
import type { Session } from '../../src/sessions/session.js';
import { lintRecordings } from '../../tools/lint/lint-recording.js';
import { fixtureText } from '../../tools/recording/fixture-text.js';
import { parseCall, type Recording } from '../../tools/recording/recording.js';
import { replayVerdict } from '../../tools/replay/replay-verdict.js';
import { replayCall } from '../../tools/replay/replayed-fixture.js';
import { type ProxiedConnection, TcpProxy } from '../support/tcp-proxy.js';
import { QuickVoice, SlowVoice } from '../support/test-gateway.js';
import { BOOKING, whenAsked } from '../support/when-asked.js';
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
/** Its browsers have no microphone. */
const silent = hasChromium ? await openFrontDesk({ SHOP_HOURS: '24/7' }, new QuickVoice(), []) : NO_DESK;
/** `TRANSFER_NUMBER` as people read it. */
const PERSON = '+1 512 555 0190';
/** A machine that says so of its microphone. */
const WITHOUT_MICROPHONE = /microphone|media/i;

describe.skipIf(!hasChromium)('the phone in a browser without a microphone', () => {
  const desk = silent;

  test('books by the keypad, and the call can be saved and replayed', async () => {
    const page = await desk.visit('/phone', { mayFail: WITHOUT_MICROPHONE });
    await page.getByText('Press Call.').waitFor();
    await call(page);
    await page.getByText('This machine has no microphone.').waitFor();
    await agentHasAsked(desk, 'greeting', 1);
    await page.getByRole('button', { name: '1', exact: true }).click();
    for (const [n, state] of BOOKING.slice(1).entries()) {
      await agentHasAsked(desk, state, n + 2);
      await page.keyboard.press('1');
    }
    await page.getByText('The agent hung up.').waitFor();
    await page.getByRole('link', { name: 'See it on Today' }).waitFor();
    await page.getByText('Messages on the wire').click();
    await page.getByRole('cell', { name: 'dtmf 1' }).nth(3).waitFor();
    await lookAt(page, 'phone-booked');
    expect(await appointmentsOf(desk, SOMEBODY_NEW)).toHaveLength(1);
    const streams = await savedFrom(page);
    expect(lintRecordings(streams)).toEqual([]);
    const fixture = parseCall(fixtureText(streams));
    expect(replayVerdict(fixture, await replayCall(fixture, new QuickVoice()), null)).toEqual([]);
    await page.goto(`${desk.gateway.url}/calls/${await callSidOf(page)}`);
    await page.getByRole('img', { name: /keys pressed: 4, agent cut off: \d/ }).waitFor();
    await page.getByText('Keys and interruptions').click();
    expect(await page.getByRole('row', { name: /^Key pressed/ }).count()).toBe(4);
    await lookAt(page, 'call-sound');
  });

  test('sends a frame every 20 ms while the page is busy for 700 ms', async () => {
    const page = await desk.visit('/phone', { mayFail: WITHOUT_MICROPHONE });
    await call(page);
    await agentSays(page, 1);
    const [from, until] = await page.evaluate(() => {
      const range = [Date.now(), Date.now() + 700] as const;
      while (Date.now() < range[1]);
      return range;
    });
    await page.keyboard.press('3');
    await agentSays(page, 2);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('You hung up.').waitFor();
    const [stream] = await recordingOf(desk, await callSidOf(page));
    const frames = framesOf(stream);
    expect(frames.length).toBeGreaterThan(35);
    expect(frames.map(({ timestamp }) => timestamp)).toEqual(frames.map((_, n) => 60 + 20 * n));
    const openedAt = Date.parse(stream?.header.recorded_at ?? '');
    const meanwhile = frames.filter(({ t }) => openedAt + t > from && openedAt + t < until);
    expect(meanwhile.length).toBeGreaterThan(5);
  });
});

describe.skipIf(!hasChromium)('the phone in a browser without a speaker', () => {
  const desk = silent;

  test('says so, and a call by keys goes on to the booking that the caller has read', async () => {
    const page = await desk.visit('/phone', { mayFail: WITHOUT_MICROPHONE });
    // As Firefox does without a sound device: the context never runs.
    await page.addInitScript(() => {
      window.AudioContext = class extends AudioContext {
        constructor() {
          super();
          void super.suspend();
        }
        override get state(): AudioContextState {
          return 'suspended';
        }
        override resume(): Promise<void> {
          return new Promise(() => {});
        }
      };
    });
    await page.reload();
    await call(page);
    await page.getByText('This browser has no speaker').waitFor();
    for (const [n, state] of BOOKING.entries()) {
      await agentHasAsked(desk, state, n + 1);
      await page.keyboard.press('1');
    }
    await page.getByText('The agent hung up.').waitFor();
    await page.getByText('booked it and heard so').waitFor();
  });
});

describe.skipIf(!hasChromium)('what TwiML does next, in the phone', () => {
  const desk = silent;
  const hangUp = (page: Page) => page.getByRole('button', { name: 'Hang up' }).click();

  /** A page whose stream a test can break: `cut` resets the connection that has it. */
  async function breakable(): Promise<{ page: Page; cut: () => void }> {
    const { hostname: host, port } = new URL(desk.gateway.url);
    const proxy = await TcpProxy.listen({ host, port: Number(port) });
    onTestFinished(() => proxy.close());
    let stream: ProxiedConnection | undefined;
    proxy.onChunk = (direction, chunk, connection) => {
      if (direction === 'toServer' && chunk.toString('latin1').startsWith('GET /twilio/media/'))
        stream = connection;
    };
    const page = await desk.visit('/phone', { mayFail: /microphone|media|WebSocket|ERR_CONNECTION_RESET/i });
    await page.goto(`http://${host}:${proxy.port}/phone`);
    return { page, cut: () => stream?.reset() };
  }
  const streams = (page: Page) => page.locator('.fact').filter({ hasText: 'Streams' }).locator('dd');

  test('whoever asks for a person is told whom a real call would ring', async () => {
    const page = await desk.visit('/phone', { mayFail: WITHOUT_MICROPHONE });
    await call(page);
    await agentSays(page, 1);
    await page.keyboard.press('0');
    const ending = page.locator('.ending');
    await ending.getByText(`A real call would now ring ${PERSON}`).waitFor();
    await page.getByRole('button', { name: 'Call', exact: true }).waitFor();
    const callSid = await callSidOf(page);
    const finished = await desk.gateway.get<FinishedCall>(`/api/calls/${callSid}`);
    expect(finished).toMatchObject({ outcome: 'transferred', test: true, dial_status: null });
    expect(await desk.gateway.get('/api/callbacks?status=open')).toEqual({ callbacks: [] });
    await lookAt(page, 'phone-dial');
  });

  test('a stream that broke is opened again, and the call goes on where it was', async () => {
    const { page, cut } = await breakable();
    await call(page);
    await agentHasAsked(desk, 'greeting', 1);
    await page.keyboard.press('1');
    await agentHasAsked(desk, 'collecting_info', 2);
    cut();
    await expect.poll(() => streams(page).textContent()).toBe('2');
    const state = page.locator('.fact').filter({ hasText: 'State' }).locator('dd');
    expect(await state.textContent()).toBe('Collecting info');
    await agentHasAsked(desk, 'collecting_info', 3);
    for (const [n, then] of ['booking', 'confirmation'].entries()) {
      await page.keyboard.press('1');
      await agentHasAsked(desk, then, n + 4);
    }
    await page.keyboard.press('1');
    await page.getByText('The agent hung up.').waitFor();
    await page.getByRole('link', { name: 'See it on Today' }).waitFor();
    const recorded = await savedFrom(page);
    expect(recorded.map(({ header }) => header.hop)).toEqual([0, 1]);
    expect(lintRecordings(recorded)).toEqual([]);
  });

  test('a stream that breaks again and again is given up for the person, as a real call would be', async () => {
    const { page, cut } = await breakable();
    await call(page);
    for (const opened of ['2', '3', '4']) {
      await expect.poll(() => desk.gateway.get('/api/live')).toMatchObject({ live: [{ test: true }] });
      await agentSays(page, Number(opened) - 1);
      cut();
      await expect.poll(() => streams(page).textContent()).toBe(opened);
    }
    await agentSays(page, 4);
    cut();
    await page.locator('.ending').getByText(`would now ring ${PERSON}`).waitFor();
  });

  test('staff who end the call are heard, and hanging up ends it at once', async () => {
    const page = await desk.visit('/phone', { mayFail: WITHOUT_MICROPHONE });
    await call(page);
    await agentSays(page, 1);
    const { live } = await desk.gateway.get<{ live: readonly Session[] }>('/api/live');
    await fetch(`${desk.gateway.url}/api/live/${live[0]?.call_sid}/end`, { method: 'POST' });
    await page
      .locator('.ending')
      .getByText(/“Thank you for calling. Goodbye.” The agent hung up\.$/)
      .waitFor();
    await call(page);
    await agentSays(page, 1);
    await hangUp(page);
    await page.getByText('You hung up.').waitFor();
    await expect.poll(() => desk.gateway.get('/api/live')).toEqual({ live: [] });
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
    expect(lintRecordings(await savedFrom(page))).toEqual([]);
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

/** As {@link whenAsked}, in the only call there is. */
async function agentHasAsked({ gateway }: FrontDesk, state: string, answers: number): Promise<void> {
  const look = async () => (await gateway.get<{ live: readonly Session[] }>('/api/live')).live[0];
  await whenAsked(look, state, answers);
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

/** The call as the page saves it. */
async function savedFrom(page: Page): Promise<Recording[]> {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save as fixture' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`${await callSidOf(page)}.ndjson`);
  return parseCall(await text(await file.createReadStream()));
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
