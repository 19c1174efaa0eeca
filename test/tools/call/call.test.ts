import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { readWav } from '../../../src/audio/wav.js';
import { runCall } from '../../support/call-program.js';
import { freePort } from '../../support/redis-server.js';
import { clear, mark, media, setUpSimulator } from '../../support/simulated-call.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bayline-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A shop that speaks after `start` and after every key, and closes the stream after the second key's answer. */
async function setUpShop(whenFinished: (end: () => Promise<void>) => void) {
  const keys: string[] = [];
  const watchers: ServerResponse[] = [];
  const history: object[] = [];
  const tell = (callSid: string, state: string) => {
    const session = {
      call_sid: callSid,
      current_state: state,
      conversation_history: history,
      collected_data: {},
    };
    const data = JSON.stringify({ ...session, speaking: false, intent: null });
    for (const watcher of watchers) watcher.write(`event: session\ndata: ${data}\n\n`);
  };
  let callSid = '';
  let quietFrames = 1000;
  const speak = (streamSid: string, name: string) => [
    media(streamSid, Buffer.alloc(800, 1)),
    mark(streamSid, name),
  ];
  const { gateway } = await setUpSimulator(
    {
      onGet: (path, response) => {
        if (path === '/health') response.end('{"status":"ok"}');
        else if (path === '/api/live') watchers.push(response.writeHead(200).on('error', () => {}));
        else if (path.startsWith('/api/calls/')) response.end('{"outcome":"completed","interruptions":1}');
        else response.writeHead(404).end('{}');
        if (path === '/api/live') response.flushHeaders();
      },
      onMessage: ({ event, streamSid, ...message }, socket, raw) => {
        if (event === 'start') {
          callSid = JSON.parse(raw).start.callSid;
          for (const text of speak(streamSid, 'greeting')) socket.send(text);
        }
        if (event === 'dtmf') {
          keys.push(JSON.parse(raw).dtmf.digit);
          for (const text of [clear(streamSid), ...speak(streamSid, `answer-${keys.length}`)])
            socket.send(text);
        }
        if (event === 'media') {
          const isQuiet = !Buffer.from(JSON.parse(raw).media.payload, 'base64').some(
            (byte) => (byte & 0x7f) < 0x50,
          );
          quietFrames = isQuiet ? quietFrames + 1 : 0;
          if (quietFrames === 40 && keys.length === 1)
            for (const text of speak(streamSid, 'heard')) socket.send(text);
        }
        if (event !== 'mark') return;
        history.push({
          role: 'assistant',
          content: `That was ${JSON.stringify(message.mark)}`,
          timestamp: '',
        });
        tell(callSid, keys.length < 2 ? 'greeting' : 'completed');
        if (keys.length === 2) socket.close(1000);
      },
    },
    {},
    whenFinished,
  );
  return { gateway, keys };
}

// Every test starts a process, which takes its time on a busy machine, and waits for most of it.
describe.concurrent('npm run call', { timeout: 120_000, retry: 2 }, () => {
  it('presses each key when the agent has finished, shows both sides and what came of it', async ({
    expect,
    onTestFinished,
  }) => {
    const { gateway, keys } = await setUpShop(onTestFinished);
    const recording = join(folder, 'call.wav');
    const { status, out, err } = await runCall(folder, [
      '--url',
      gateway.url,
      '--keys',
      '1 2',
      '--record',
      recording,
    ]);
    expect(err).toBe('');
    expect(status).toBe(0);
    expect(keys).toEqual(['1', '2']);
    const said = [...out.matchAll(/(agent {3}That was .*"(.*)"|caller {2}presses \d)/g)].map(
      (match) => match[2] ?? match[0],
    );
    expect(said).toEqual(['greeting', 'caller  presses 1', 'answer-1', 'caller  presses 2', 'answer-2']);
    expect(out).toMatch(/The call ended as the TwiML said: <Hangup>\./);
    expect(out).toMatch(/states +greeting → completed/);
    expect(out).toMatch(/logged +completed, 1 interruptions/);
    expect(out).not.toContain('\u001b');
    const [caller, agent] = readWav(readFileSync(recording)).channels;
    expect(caller?.some((sample) => sample !== 0)).toBe(true);
    expect(agent?.filter((sample) => Math.abs(sample) > 20_000)).toHaveLength(3 * 800);
  });

  it('speaks for the caller in a voice of ours, in the order of the phrases and keys', async ({
    expect,
    onTestFinished,
  }) => {
    const { gateway, keys } = await setUpShop(onTestFinished);
    const recording = join(folder, 'said.wav');
    const said = ['--keys', '1', '--say', 'I need an oil change', '--keys', '2', '--record', recording];
    const { status, out, err } = await runCall(folder, ['--url', gateway.url, ...said]);
    expect([status, err, keys]).toEqual([0, '', ['1', '2']]);
    const steps = [...out.matchAll(/caller {2}(presses \d|says: .*)/g)].map(([, step]) => step);
    expect(steps).toEqual(['presses 1', 'says: I need an oil change', 'presses 2']);
    const [caller] = readWav(readFileSync(recording)).channels;
    // 1.2 s of a voice, and two keys of 100 ms.
    expect(caller?.filter((sample) => Math.abs(sample) > 500).length).toBeGreaterThan(4000);
  });

  it('does not call when a phrase cannot be said', async ({ expect, onTestFinished }) => {
    const { gateway } = await setUpShop(onTestFinished);
    const { status, out, err } = await runCall(folder, ['--url', gateway.url, '--say', '...']);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain('--say needs words');
  });

  it('writes one JSON line for every event', async ({ expect, onTestFinished }) => {
    const { gateway } = await setUpShop(onTestFinished);
    const { status, out } = await runCall(folder, ['--url', gateway.url, '--keys', '12', '--json']);
    expect(status).toBe(0);
    const lines: { event: string; ok?: boolean }[] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.event)).toEqual(
      expect.arrayContaining(['stream-started', 'key', 'mark', 'session']),
    );
    expect(lines.at(-1)).toMatchObject({ event: 'summary', ok: true, outcome: { kind: 'hangup' } });
  });

  it('fails when the gateway breaks the protocol', async ({ expect, onTestFinished }) => {
    const { gateway } = await setUpSimulator(
      {
        onGet: (path, response) => response.writeHead(path === '/health' ? 200 : 404).end('{"status":"ok"}'),
        onMessage: ({ event }, socket) => {
          if (event !== 'start') return;
          socket.send(clear('MZ-of-another-call'));
          socket.close(1000);
        },
      },
      {},
      onTestFinished,
    );
    const { status, out } = await runCall(folder, ['--url', gateway.url]);
    expect(status).toBe(1);
    expect(out).toContain('a streamSid that is not the one of its stream (Twilio error 31951)');
  });

  it('says clearly that nobody answers at a given address', async ({ expect }) => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { status, err } = await runCall(folder, ['--url', url]);
    expect(status).toBe(1);
    expect(err).toContain(`No gateway answers at ${url} (ECONNREFUSED)`);
  });

  it('calls what does not show whether it is a gateway, and tells what its webhook answered', async ({
    expect,
    onTestFinished,
  }) => {
    const { gateway } = await setUpSimulator({ twiml: () => 403 }, {}, onTestFinished);
    const { status, out } = await runCall(folder, ['--url', gateway.url]);
    expect(status).toBe(1);
    expect(gateway.paths()).toContain('/twilio/voice');
    expect(out).toContain('/health gave HTTP 404');
    expect(out).toContain('The voice webhook answered HTTP 403');
  });

  it('does not call when the recording could not be written', async ({ expect, onTestFinished }) => {
    const { gateway, keys } = await setUpShop(onTestFinished);
    const file = join(folder, 'no', 'such', 'call.wav');
    const { status, out, err } = await runCall(folder, [
      '--url',
      gateway.url,
      '--keys',
      '1',
      '--record',
      file,
    ]);
    expect([status, out, keys]).toEqual([1, '', []]);
    expect(err).toMatch(/^--record .*call\.wav cannot be written: ENOENT.*\n$/);
  });

  it('exits with 2 for wrong options and 0 for help', async ({ expect }) => {
    const wrong = await runCall(folder, ['--keys', 'abc']);
    expect([wrong.status, wrong.out]).toEqual([2, '']);
    expect(wrong.err).toContain('--keys must be');
    const help = await runCall(folder, ['--help']);
    expect([help.status, help.err]).toEqual([0, '']);
    expect(help.out).toContain('Usage: npm run call');
  });
});
