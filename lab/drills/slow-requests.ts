import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import type { DrillRow } from '../drill-topic.js';
import { isAlive, PUBLIC_URL, signatureOf, voiceForm } from './attacked-gateway.js';
import { RawSocket } from './raw-socket.js';

const HEADERS_MS = 5000;
const REQUEST_MS = 10_000;
/** The server looks once a second. */
const LATER_BY_MS = 1500;
/** All cases come at once, hundreds of connections. */
const AT_ONCE_MS = 3000;
const PEERS = 20;

interface Case {
  readonly fault: string;
  readonly statuses: readonly number[];
  /** When it must be answered or closed; absent: at once. */
  readonly atMs?: number;
  readonly send: (raw: RawSocket) => Promise<void>;
}

const head = (more: string) => `POST /twilio/voice HTTP/1.1\r\nHost: voice.example.test\r\n${more}`;
const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';

function whole(body: string, headers = FORM): (raw: RawSocket) => Promise<void> {
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return async (raw) => void raw.socket.write(`${head(headers)}${length}${body}`);
}

/** A byte twice a second, for as long as the connection lives. */
function dripping(begin: string, drop: string): (raw: RawSocket) => Promise<void> {
  return async (raw) => {
    raw.socket.write(begin);
    while (!raw.socket.destroyed && raw.bytes.length === 0) {
      raw.socket.write(drop);
      await pause(500);
    }
  };
}

function signedForm(): string {
  const form = voiceForm();
  return `X-Twilio-Signature: ${signatureOf(`${PUBLIC_URL}/twilio/voice`, form)}\r\n`;
}

const CASES: readonly Case[] = [
  { fault: 'TCP and then silence', statuses: [0, 408], atMs: HEADERS_MS, send: async () => undefined },
  { fault: 'headers that drip', statuses: [408], atMs: HEADERS_MS, send: dripping(head(''), 'X-A: b\r\n') },
  {
    fault: 'a body that drips',
    statuses: [408],
    atMs: REQUEST_MS,
    send: dripping(head(`${FORM}Content-Length: 10000\r\n\r\n`), 'a'),
  },
  { fault: 'a body of 150 kB', statuses: [413], send: whole(`a=${'x'.repeat(150_000)}`) },
  {
    fault: '2,000 parameters',
    statuses: [413],
    send: whole(Array.from({ length: 2000 }, (_, n) => `A${n}=1`).join('&')),
  },
  {
    fault: 'JSON in place of a form',
    statuses: [403],
    send: whole('{"CallSid":"CA1"}', 'Content-Type: application/json\r\n'),
  },
  { fault: 'a form without a type', statuses: [403], send: whole('CallSid=CA1', signedForm()) },
  {
    fault: 'an unknown charset',
    statuses: [415],
    send: whole('a=1', `${FORM.trimEnd()}; charset=x-none\r\n`),
  },
  {
    fault: 'a body said to be gzip',
    statuses: [400],
    send: whole('no gzip', `${FORM}Content-Encoding: gzip\r\n`),
  },
  { fault: 'a broken escape', statuses: [403, 400], send: whole('CallSid=%E0%A4%A') },
  { fault: 'a nested form', statuses: [403], send: whole(`a${'[b]'.repeat(5000)}=1`) },
  {
    fault: 'a Host that is none',
    statuses: [400, 403],
    send: async (raw) =>
      void raw.socket.write(
        'POST /twilio/voice HTTP/1.1\r\nHost: http://[::bad\r\nContent-Length: 0\r\n\r\n',
      ),
  },
  { fault: 'two Hosts', statuses: [400, 403], send: whole('', 'Host: other\r\n') },
  {
    fault: 'no HTTP',
    statuses: [400],
    send: async (raw) => void raw.socket.write('\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'),
  },
  {
    fault: '100 kB of headers',
    statuses: [431],
    send: async (raw) => void raw.socket.write(head(`X-A: ${'x'.repeat(100_000)}\r\n\r\n`)),
  },
];

/** Requests that take their time or are none; the answers are a clear status and never the inside of the program. */
export async function slowRequests(gateway: GatewayProcess): Promise<DrillRow[]> {
  const rows = await Promise.all(CASES.map((each) => rowOf(each, gateway)));
  return [...rows.map(({ row }) => row), tellsNothing(rows.flatMap(({ replies }) => replies))];
}

async function rowOf({ fault, statuses, atMs, send }: Case, gateway: GatewayProcess) {
  const peers = await Promise.all(
    Array.from({ length: PEERS }, async () => {
      const raw = await RawSocket.open(gateway.url);
      const over = Promise.race([raw.untilClosed(), raw.untilAnswered()]);
      void send(raw).catch(() => undefined);
      const ms = await Promise.race([over, pause(20_000, Number.POSITIVE_INFINITY)]);
      await pause(100);
      raw.socket.destroy();
      return { ms, status: raw.status, reply: raw.bytes.toString('latin1') };
    }),
  );
  const times = peers.map(({ ms }) => ms).sort((a, b) => a - b);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const wrong = peers.filter(({ status }) => !statuses.includes(status)).length;
  const inTime = atMs === undefined ? last <= AT_ONCE_MS : first >= atMs - 100 && last <= atMs + LATER_BY_MS;
  const row: DrillRow = {
    fault: `${fault}, ${PEERS} times`,
    required: `${statuses.map((status) => status || 'closed').join(' or ')}${atMs === undefined ? '' : ` at ${atMs / 1000} s`}`,
    seen: `${[...new Set(peers.map(({ status }) => status || 'closed'))].join(', ')} after ${first.toFixed(0)} to ${last.toFixed(0)} ms`,
    held: wrong === 0 && inTime && (await isAlive(gateway)),
  };
  return { row, replies: peers.map(({ reply }) => reply) };
}

function tellsNothing(replies: readonly string[]): DrillRow {
  const told = replies.filter((reply) =>
    /node_modules|\bat .*:\d+:\d+|<html|<pre|Error:|x-powered-by/i.test(reply),
  );
  return {
    fault: 'all of these',
    required: 'no stack, no page of a framework in any answer',
    seen: `${told.length} of ${replies.length} ${told[0]?.slice(0, 80) ?? ''}`,
    held: told.length === 0,
  };
}
