import { type AgentFactory, createGateway, loadConfig, type SpokenPiece } from 'bayline/gateway';
import { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';

/** One beep of 200 ms: mu-law, 8 kHz. Bit 0x80 is the sign; both levels are loud. */
function beep(hertz: number): SpokenPiece {
  const isHigh = (sample: number) => Math.floor((sample * hertz * 2) / 8000) % 2 === 0;
  const audio = Buffer.from(Array.from({ length: 1600 }, (_, sample) => (isHigh(sample) ? 0xb0 : 0x30)));
  return { text: `beep at ${hertz}`, audio };
}

/** Answers each key with a beep of its own; 0 ends the call. */
const createAgent: AgentFactory = (call) => ({
  turnDetection: 'keypad',
  mustRespondAfter: ['start', 'key'],
  start: () => void call.say([beep(400)]),
  pushAudio: () => {},
  onDigit: (digit) => {
    void call.say([beep(500 + 50 * Number(digit))]);
    if (digit === '0') call.hangUp();
  },
  stop: async () => {
    for (const { role, content } of call.session.data.conversation_history)
      console.log(`${role}: ${content}`);
  },
});

const gateway = await createGateway(
  loadConfig({ LOG_LEVEL: 'error', PORT: '0', DATA_DIR: 'memory', ...process.env }),
  { createAgent },
);
const { url } = await gateway.listen();
console.log('listening at', url);

// With --once a simulated caller presses two keys, and the program ends.
if (process.argv.includes('--once')) {
  while (!(await fetch(`${url}/health/ready`)).ok) await new Promise((resolve) => setTimeout(resolve, 100));
  const twilio = new TwilioSimulator({ gatewayUrl: url });
  const call = twilio.call({ from: '+15125550101' });
  for (const key of ['5', '0']) {
    await call.untilSpoken(300);
    call.press(key);
  }
  await call.untilEnded();
  console.log('outcome:', call.record.outcome?.kind);
  await twilio.close();
  await gateway.close();
}
