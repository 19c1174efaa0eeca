import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ADMIN_TOKEN,
  DIGITS,
  EMAIL,
  FIRST_NAME,
  LAST_NAME,
  NUMBER,
  STRANGER,
  spellings,
  VIN,
} from './pii-leak-words.js';
import { RawCaller, type RawLine } from './raw-caller.js';

const ANSWER_MS = 300;

/** Everything that a gateway may refuse, with canaries in it. Gives the bodies of all answers that are errors. */
export async function refusedInputs(line: RawLine): Promise<string[]> {
  const bodies = [
    ...(await webhooks(line)),
    ...(await requests(line.gatewayUrl)),
    ...(await rawRequests(line)),
  ];
  await streams(line);
  return bodies;
}

/** Signed forms that are malformed, and forms that nobody signed. */
async function webhooks(line: RawLine): Promise<string[]> {
  const forms: Record<string, string>[] = [
    ...spellings(NUMBER).map((From) => ({ CallStatus: 'ringing', From })),
    { CallStatus: NUMBER },
    { CallStatus: 'ringing', CallSid: `CA${VIN}` },
    { CallStatus: 'ringing', From: `sip:${FIRST_NAME}@${NUMBER}` },
    { CallStatus: 'ringing', StirVerstat: `${LAST_NAME}, ${NUMBER}` },
    { CallStatus: 'ringing', Digits: DIGITS },
    { StreamEvent: 'stream-error', StreamError: `The stream of ${spellings(NUMBER).join(' and ')} broke` },
  ];
  const paths = ['/twilio/voice', '/twilio/voice/next', '/twilio/stream-status', '/twilio/call-status'];
  const bodies: string[] = [];
  for (const signer of [line, { ...line, authToken: 'not-the-token' }]) {
    for (const path of paths)
      for (const form of forms) {
        const answer = await new RawCaller(signer, NUMBER).ask(path, form);
        if (answer.status === null || answer.status >= 400) bodies.push(JSON.stringify(answer));
      }
  }
  return bodies;
}

async function requests(url: string): Promise<string[]> {
  const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const json = { ...admin, 'content-type': 'application/json' };
  const customer = { phone_number: NUMBER, first_name: FIRST_NAME, last_name: LAST_NAME, email: EMAIL };
  const wrong = [
    customer,
    { ...customer, phone_number: `${NUMBER} and ${STRANGER}` },
    { ...customer, phone_number: '+15125550155', email: `${EMAIL} ${NUMBER}` },
    { ...customer, note: `${VIN} ${NUMBER}` },
    { ...customer, first_name: { [FIRST_NAME]: LAST_NAME } },
    { make: VIN.repeat(9), model: LAST_NAME, vin: `${VIN}I`, year: 3000 },
    { service_type: NUMBER, date: NUMBER, caller_phone: NUMBER, customer_id: VIN },
  ];
  const asked: [string, RequestInit][] = [
    ...spellings(NUMBER).flatMap((number): [string, RequestInit][] => [
      [`/api/customers/${encodeURIComponent(number)}`, { headers: admin }],
      [`/api/customers?phone=${encodeURIComponent(`${number}x`)}`, { headers: admin }],
      [`/no/such/${number}/${encodeURIComponent(number)}?of=${FIRST_NAME}`, {}],
    ]),
    [`/api/customers?phone=${NUMBER}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}x` } }],
    [`/api/calls/${NUMBER}?token=${ADMIN_TOKEN}`, { headers: { authorization: 'Basic AAAA' } }],
    [`/api/appointments?from=${VIN}&before=${NUMBER}`, { headers: admin }],
    [`/api/availability?service_type=${LAST_NAME}`, { headers: admin }],
    [`/twilio/media/${ADMIN_TOKEN}?caller=${NUMBER}`, {}],
    ...wrong.flatMap((body): [string, RequestInit][] =>
      ['/api/customers', '/api/customers/1/vehicles', '/api/appointments'].map((path) => [
        path,
        { method: 'POST', headers: json, body: JSON.stringify(body) },
      ]),
    ),
    ['/api/customers', { method: 'POST', headers: json, body: `{"phone_number":"${NUMBER}` }],
    ['/api/customers', { method: 'POST', headers: json, body: NUMBER.repeat(9000) }],
    ['/twilio/voice', { method: 'POST', headers: json, body: JSON.stringify(customer) }],
    ['/twilio/voice', { method: 'POST', body: new URLSearchParams({ From: NUMBER.repeat(4000) }) }],
  ];
  const bodies: string[] = [];
  for (const [path, init] of asked) {
    const response = await fetch(`${url}${path}`, init);
    const body = await response.text();
    if (response.status >= 400) bodies.push(`${JSON.stringify([...response.headers])} ${body}`);
  }
  return bodies;
}

/** What no HTTP client would send. */
async function rawRequests({ gatewayUrl }: RawLine): Promise<string[]> {
  const { port } = new URL(gatewayUrl);
  const upgrade = `Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nX-Twilio-Signature: ${NUMBER}`;
  const texts = [
    `GET /${NUMBER} HTTP/9.9\r\n\r\n`,
    `${FIRST_NAME} ${LAST_NAME} ${NUMBER}\r\n\r\n`,
    `GET /health HTTP/1.1\r\nHost: ${NUMBER}\r\n${VIN} : ${VIN}\r\n\r\n`,
    `GET /%${NUMBER}%E0%A4%A HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /assets/%2e%2e/${NUMBER} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /twilio/media/${NUMBER} HTTP/1.1\r\n${upgrade}\r\n\r\n`,
    `GET /twilio/media/${ADMIN_TOKEN} HTTP/1.1\r\n${upgrade}\r\n\r\n`,
    `GET /health HTTP/1.1\r\nX-Large: ${NUMBER.repeat(2000)}\r\n\r\n`,
  ];
  const bodies: string[] = [];
  for (const text of texts) {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (answer: string) => bodies.push(answer));
    socket.on('error', () => undefined);
    await Promise.race([once(socket, 'close'), pause(ANSWER_MS)]);
    socket.destroy();
  }
  return bodies;
}

/** Stream messages that no stream understands, each on a stream of its own. */
async function streams(line: RawLine): Promise<void> {
  const messages = [
    `${NUMBER} is not JSON`,
    `{"event":"${FIRST_NAME} ${NUMBER}","streamSid":"${VIN}"}`,
    `{"event":"dtmf","streamSid":"${NUMBER}","dtmf":{"digit":"${DIGITS}"}}`,
    `{"event":"media","media":{"payload":"${NUMBER}","timestamp":"${NUMBER}"}}`,
    `{"event":"mark","mark":{"name":"${NUMBER}"}}`,
    `{"event":"start","start":{"callSid":"${NUMBER}","customParameters":{"name":"${FIRST_NAME}"}}}`,
    `{"event":"stop","stop":{"reason":"${NUMBER}"},"${VIN}":"${LAST_NAME}"}`,
    `{"${NUMBER}":`.repeat(4000),
    NUMBER.repeat(10_000),
  ];
  for (const message of messages) {
    const caller = new RawCaller(line, STRANGER);
    const stream = await caller.open();
    for (let times = 0; times < 25; times++) stream.send(message);
    stream.send(stream.messages.dtmf(DIGITS.charAt(0)));
    await pause(50);
    stream.reset();
    await caller.isOver();
  }
}
