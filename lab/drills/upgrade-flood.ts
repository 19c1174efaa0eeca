import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { handshake } from './raw-socket.js';

/**
 * The attacker of `hostile-upgrades`, a process of its own: `node upgrade-flood.js URL RATE SECONDS PATH...` sends so many upgrades a second,
 * none of them signed by Twilio, each on a connection of its own, and prints what became of them as JSON.
 */
const [url = '', rate = '0', seconds = '0', ...paths] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const MOST_OPEN = 500;
const STEP_MS = 10;

const answers: Record<string, number> = {};
let [sent, open] = [0, 0];

function attack(): void {
  const path = paths[sent % paths.length] ?? '/';
  const signed = sent % 2 === 0 ? {} : { 'X-Twilio-Signature': 'bm90IFR3aWxpbydzIHNpZ25hdHVyZQ==' };
  sent += 1;
  open += 1;
  let answer = 'none';
  const socket = connect(Number(port), hostname, () => socket.write(handshake(path, signed)));
  socket.on('data', (chunk) => {
    answer = chunk.toString('latin1', 9, 12);
    socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    open -= 1;
    answers[answer] = (answers[answer] ?? 0) + 1;
  });
}

const startedAt = performance.now();
const until = startedAt + Number(seconds) * 1000;
while (performance.now() < until) {
  const due = ((performance.now() - startedAt) / 1000) * Number(rate);
  // A connection that is refused or waits counts as one that could not be sent.
  while (sent < due && open < MOST_OPEN) attack();
  await pause(STEP_MS);
}
const tookMs = performance.now() - startedAt;
while (open > 0 && performance.now() < until + 5000) await pause(STEP_MS);
console.log(JSON.stringify({ sent, perSecond: Math.round((sent / tookMs) * 1000), answers }));
