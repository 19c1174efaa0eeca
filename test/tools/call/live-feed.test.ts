import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamReader } from '../../../tools/call/event-stream.js';
import { LiveFeed } from '../../../tools/call/live-feed.js';
import { setUpSimulator } from '../../support/simulated-call.js';

describe('EventStreamReader', () => {
  it('reads events, joins data lines and passes over comments', () => {
    const text = ': hello\nretry: 5\n\nevent: session\ndata: {"a":\ndata: 1}\n\ndata\n\n';
    expect(new EventStreamReader().read(text)).toEqual([
      { type: 'session', data: '{"a":\n1}' },
      { type: 'message', data: '' },
    ]);
  });

  it('gives the same events however the text is cut, with any line break', () => {
    const event = fc.record({
      type: fc.constantFrom('session', 'ended'),
      data: fc.string({ unit: 'grapheme' }),
    });
    const plain = event.filter(({ data }) => !/[\r\n]/.test(data));
    const breaks = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(
        fc.array(plain),
        breaks,
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (events, eol, cuts) => {
          const text = events
            .map(({ type, data }) => `event: ${type}${eol}data: ${data}${eol}${eol}`)
            .join('');
          const reader = new EventStreamReader();
          const read = [];
          let rest = text;
          for (const size of cuts) {
            if (rest === '') break;
            read.push(...reader.read(rest.slice(0, size)));
            rest = rest.slice(size);
          }
          read.push(...reader.read('\n'));
          expect(read).toEqual(events);
        },
      ),
    );
  });
});

describe('LiveFeed', () => {
  const session = (state: string) => ({
    call_sid: 'CA1',
    current_state: state,
    speaking: false,
    intent: null,
    collected_data: {},
    conversation_history: [],
    a_new_field: 1,
  });

  async function setUpFeed() {
    let watcher: ServerResponse | undefined;
    const { gateway } = await setUpSimulator({
      onGet: (_path, response) => {
        watcher = response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('retry: 1000\n\n');
      },
    });
    const feed = new LiveFeed({ gatewayUrl: gateway.url });
    await feed.open();
    const send = (type: string, data: object) =>
      watcher?.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
    return { feed, send, end: () => watcher?.end() };
  }

  it('waits for a state and remembers those that were seen', async () => {
    const { feed, send } = await setUpFeed();
    const booking = feed.untilState('CA1', 'booking');
    for (const state of ['greeting', 'booking', 'greeting']) send('session', session(state));
    send('ended', { call_sid: 'CA1' });
    await expect(booking).resolves.toMatchObject({ callSid: 'CA1', state: 'booking' });
    await feed.close();
    expect(feed.statesOf('CA1')).toEqual(['greeting', 'booking']);
  });

  it('fails a wait when the gateway ends the feed', async () => {
    const { feed, end } = await setUpFeed();
    const waiting = feed.untilState('CA1', 'booking');
    end();
    await expect(waiting).rejects.toThrow('the gateway closed the feed');
  });

  it('says that the gateway does not let it watch', async () => {
    const { gateway } = await setUpSimulator({
      onGet: (_path, response) => response.writeHead(401).end('{}'),
    });
    await expect(new LiveFeed({ gatewayUrl: gateway.url }).open()).rejects.toThrow(
      '/api/live answered HTTP 401',
    );
  });
});
