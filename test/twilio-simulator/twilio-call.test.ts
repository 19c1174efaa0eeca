import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { GatewayAddress } from '../../packages/twilio-simulator/src/gateway-address.js';
import { SharedTicker } from '../../packages/twilio-simulator/src/ticker.js';
import { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { WebhookClient } from '../../packages/twilio-simulator/src/webhook-client.js';
import { ManualTicker } from '../support/manual-ticker.js';
import { HANGUP } from '../support/scripted-gateway.js';
import { arrived, mark, media, setUpSimulator } from '../support/simulated-call.js';

describe('waiting', () => {
  it('names what did not come within its time', async () => {
    const { twilio } = await setUpSimulator();
    const call = twilio.call({ patienceMs: 30 });
    await expect(call.untilSpoken()).rejects.toThrow('the agent has spoken: not within 30 ms');
  });

  it('fails at once when the call has ended', async () => {
    const { twilio } = await setUpSimulator({ twiml: () => HANGUP });
    const call = twilio.call();
    const spoken = expect(call.untilSpoken()).rejects.toThrow('the call ended before (hangup)');
    await call.untilEnded();
    await spoken;
    await expect(call.untilSpoken()).rejects.toThrow('the call ended before (hangup)');
    expect(() => call.press('1')).toThrow('No stream is open');
    expect(() => call.press('x')).toThrow('0-9');
  });

  it('hangs up while the webhook is still unanswered', async () => {
    const { twilio } = await setUpSimulator();
    const record = await twilio.call().hangUp();
    expect(record.outcome).toEqual({ kind: 'caller-hung-up' });
  });
});

describe('an exception in a call', () => {
  it('leaves the ticker and ends every wait', async () => {
    const { gateway } = await setUpSimulator();
    const address = new GatewayAddress(gateway.url);
    const client = new WebhookClient(address, null);
    const ticker = new SharedTicker();
    const call = new TwilioCall(
      {},
      { client, address, ticker, voicePath: '/twilio/voice', statusPath: null },
    );
    call.onEvent(() => {
      throw new Error('a listener failed');
    });
    const spoken = expect(call.untilSpoken()).rejects.toThrow('the call ended before (an exception)');
    await expect(call.untilEnded()).rejects.toThrow('a listener failed');
    await spoken;
    expect(ticker.running).toBe(false);
  });
});

describe("the caller's turn", () => {
  it('comes when the agent has spoken, and after a key that it says nothing to', async () => {
    const ticker = new ManualTicker();
    const sockets: [string, WebSocket][] = [];
    const { gateway, twilio } = await setUpSimulator(
      {
        onMessage: ({ event, streamSid }, socket) =>
          event === 'start' && void sockets.push([streamSid, socket]),
      },
      { ticker },
    );
    const call = twilio.call();
    await arrived(() => expect(gateway.messages).toHaveLength(1));
    ticker.advance(20);
    await call.untilState('streaming');
    await arrived(() => expect(sockets).toHaveLength(1));
    const turns: string[] = [];
    const turn = (name: string) => void call.untilTurn(100, 2000).then(() => turns.push(name));
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 20) ticker.advance(20);
      await new Promise(setImmediate);
    };
    turn('greeted');
    await pass(5000);
    expect(turns).toEqual([]);
    const [[streamSid, socket] = ['', null]] = sockets;
    socket?.send(media(streamSid, Buffer.alloc(320, 1)));
    socket?.send(mark(streamSid, 'greeting'));
    await arrived(async () => {
      await pass(20);
      expect(turns).toEqual(['greeted']);
    });
    call.press('1');
    turn('no answer');
    await pass(1980);
    expect(turns).toEqual(['greeted']);
    await pass(40);
    expect(turns).toEqual(['greeted', 'no answer']);
    await call.hangUp();
  });
});

describe('many calls', () => {
  it('run on one timer, each on its own, and leave nothing open', async () => {
    const ticker = new SharedTicker();

    const { gateway, twilio } = await setUpSimulator(
      {
        onMessage: ({ event, streamSid }, socket) => {
          if (event === 'start') {
            socket.send(media(streamSid, Buffer.alloc(320, 1)));
            socket.send(mark(streamSid, streamSid));
          }
          if (event === 'mark') socket.close(1000);
        },
      },
      { ticker },
    );
    const calls = Array.from({ length: 60 }, () => twilio.call());
    const records = await Promise.all(calls.map((call) => call.untilEnded()));
    for (const record of records) {
      const [started] = record.of('stream-started');
      expect(record.protocolErrors).toEqual([]);
      expect(record.outcome).toEqual({ kind: 'hangup' });
      expect(record.marks).toMatchObject([{ name: started?.streamSid, played: true }]);
      expect(record.firstAudioDelayMs).toBeGreaterThan(0);
    }

    expect(ticker.running).toBe(false);
    await arrived(async () => expect(await gateway.openConnections()).toBe(0));
  });
});
