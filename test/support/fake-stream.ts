import { silentLogger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import { MediaStream } from '../../src/twilio/media-stream.js';
import type { StreamListener } from '../../src/twilio/stream-sides.js';
import { FakeSocket } from './fake-socket.js';
import { StreamMessages } from './stream-messages.js';

/** The other side of every fake stream. */
export const twilio = new StreamMessages();

/** A media stream on a fake socket, and what it tells its listener, as texts. `listener`: methods that do something else. */
export function fakeStream({ socket = new FakeSocket(), listener = {} as Partial<StreamListener> } = {}) {
  const told: string[] = [];
  const metrics = new Metrics();
  const stream = new MediaStream(
    socket,
    { startTimeoutMs: 5000, idleTimeoutMs: 15_000, logger: silentLogger(), metrics },
    {
      onStart: (start) => told.push(`start ${start.callSid === twilio.callSid}`),
      onMedia: (audio, at) => told.push(`media ${audio.length} at ${at}`),
      onDigit: (digit) => told.push(`digit ${digit}`),
      onMark: (name) => told.push(`mark ${name}`),
      onEnd: (end) => told.push(`end ${end}`),
      ...listener,
    },
  );
  const dropped = async (reason: string) => {
    const { values } = await metrics.framesDropped.get();
    return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
  };
  return { socket, stream, told, dropped };
}

/** A stream whose start has come. */
export function startedStream(options: Parameters<typeof fakeStream>[0] = {}) {
  const house = fakeStream(options);
  house.socket.receive(twilio.connected());
  house.socket.receive(twilio.start());
  house.told.length = 0;
  return house;
}
