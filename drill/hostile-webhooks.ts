import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { WebSocket } from 'ws';
import type { Drill, DrillRow } from '../src/cli/drill-topic.js';
import { newSid } from '../src/simulator/call-form.js';
import type { GatewayProcess } from '../test/support/gateway-process.js';
import { RedisServer } from '../test/support/redis-server.js';
import { StreamMessages } from '../test/support/stream-messages.js';
import { createServerDatabase } from '../test/support/test-database.js';
import {
  claimsIn,
  inTurns,
  metric,
  PUBLIC_URL,
  post,
  signatureOf,
  startAttacked,
  streamSignature,
  twilioTo,
  voiceForm,
} from './attacked-gateway.js';
import { slowRequests } from './slow-requests.js';

const HANG_UP = '<Response><Hangup/></Response>';
const TRANSFER_NUMBER = '+15125550190';
const TOKEN_MS = 60_000;
const LEDGER_MS = 120_000;

export const topic: Drill = {
  title: 'Webhooks that are slow, malformed, replayed, cut up anew, too many or out of order',
  async drill() {
    const { TEST_DATABASE_URL } = process.env;
    if (!TEST_DATABASE_URL)
      throw new Error('Both gateways must share a PostgreSQL: name one with TEST_DATABASE_URL.');
    const [server, database] = [await RedisServer.start(), await createServerDatabase(TEST_DATABASE_URL)];
    const shop = { REDIS_URL: server.url, DATABASE_URL: database.url, AGENT: 'keypad', TRANSFER_NUMBER };
    const gateways = [await startAttacked(shop), await startAttacked(shop)] as const;
    const rows = new Rows(gateways, database.url);
    try {
      const late = rows.replaysLater();
      const seen = [
        ...(await slowRequests(gateways[0])),
        ...(await rows.replaysAtOnce()),
        await rows.recut(),
        ...(await rows.callbacks()),
        ...(await beyondCapacity()),
        ...(await late),
        await rows.stoppedRedis(server),
      ];
      return seen;
    } finally {
      server.resume();
      for (const gateway of gateways) await gateway.stop();
      await server.stop();
      await database.drop();
    }
  },
};

class Rows {
  readonly #one: GatewayProcess;
  readonly #other: GatewayProcess;
  readonly #databaseUrl: string;

  constructor([one, other]: readonly [GatewayProcess, GatewayProcess], databaseUrl: string) {
    this.#one = one;
    this.#other = other;
    this.#databaseUrl = databaseUrl;
  }

  async #unanswered(): Promise<number> {
    const steps = ['step="invite"', 'step="open"'];
    const counts = [this.#one, this.#other].flatMap((gateway) =>
      steps.map((step) => metric(gateway, 'bayline_stream_ledger_unanswered_total', step)),
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  async replaysAtOnce(): Promise<DrillRow[]> {
    const before = await this.#unanswered();
    let [different, opened, twice] = [0, 0, 0];
    await inTurns(50, 5, async () => {
      const form = voiceForm();
      const answers = await Promise.all([
        post(this.#one, '/twilio/voice', form),
        post(this.#other, '/twilio/voice', form),
        post(this.#one, '/twilio/voice', form),
      ]);
      answers.push(await post(this.#other, '/twilio/voice', form));
      if (new Set(answers.map(({ text }) => text)).size !== 1) different += 1;
      const path = pathIn(answers[0]?.text ?? '');
      const ends = await Promise.all([
        startStream(this.#one, path, form.CallSid ?? ''),
        startStream(this.#other, path, form.CallSid ?? ''),
      ]);
      const lasting = ends.filter((end) => end === 'open').length;
      if (lasting === 1) opened += 1;
      if (lasting > 1) twice += 1;
      await post(this.#one, '/twilio/call-status', { ...form, CallStatus: 'completed' });
    });
    const fault = '/twilio/voice replayed at once, at two gateways, 50 calls';
    const late = (await this.#unanswered()) - before;
    return [
      {
        fault,
        required: 'the same answer to the byte',
        seen: `${different} differ, ${late} times Redis did not answer in time`,
        held: different === 0,
      },
      {
        fault: 'its stream opened at both gateways at once',
        required: 'one of them opens, the other is closed with 1008',
        seen: `${opened} of 50 opened once, ${twice} twice`,
        held: opened === 50 && twice === 0,
      },
    ];
  }

  /** One call that never opens its stream, one that ends, one that lives: replayed at both gateways after the token's time and after the ledger's. */
  async replaysLater(): Promise<DrillRow[]> {
    const [unopened, ended] = [voiceForm(), voiceForm()];
    const twilio = twilioTo(this.#one.url);
    for (const form of [unopened, ended]) await post(this.#one, '/twilio/voice', form);
    const live = twilio.call({ keepAudio: false, patienceMs: 60_000 });
    const living = { ...voiceForm(), CallSid: live.callSid };
    await live.untilSpeaking();
    // A caller who asks to hear it again is not sent away.
    const asking = setInterval(() => live.press('*'), 10_000);
    const path = pathIn((await post(this.#one, '/twilio/voice', ended)).text);
    await startStream(this.#one, path, ended.CallSid ?? '');
    await post(this.#one, '/twilio/call-status', { ...ended, CallStatus: 'completed' });
    await pause(1500);
    const afterTheEnd = await this.#replay([ended]);
    await pause(TOKEN_MS);
    const afterItsTime = await this.#replay([unopened, ended, living]);
    await pause(LEDGER_MS - TOKEN_MS);
    const muchLater = await this.#replay([ended, living]);
    const stillLive = live.state;
    clearInterval(asking);
    await live.hangUp();
    await twilio.close();
    const rows = await this.#rowsOf([unopened.CallSid ?? '', ended.CallSid ?? '', live.callSid]);
    return [
      replayRow('after the call has ended', afterTheEnd),
      replayRow(`${TOKEN_MS / 1000} s later, when its token has expired`, afterItsTime),
      replayRow(`${LEDGER_MS / 1000} s later, when the ledger has forgotten it`, muchLater),
      {
        fault: 'all these replays',
        required: 'the live call goes on, a row for each call that was held and no other',
        seen: `${stillLive}, ${rows} rows of 2 calls`,
        held: stillLive === 'streaming' && rows === 2,
      },
    ];
  }

  async #replay(forms: readonly Record<string, string>[]): Promise<string[]> {
    const answers = forms.flatMap((form) =>
      [this.#one, this.#other].map(async (gateway) => (await post(gateway, '/twilio/voice', form)).text),
    );
    return Promise.all(answers);
  }

  async #rowsOf(callSids: readonly string[]): Promise<number> {
    await pause(1000);
    const client = new pg.Client({ connectionString: this.#databaseUrl });
    await client.connect();
    const { rows } = await client.query('select call_sid from calls where call_sid = any($1)', [callSids]);
    await client.end();
    return rows.length;
  }

  /** Every pair of neighbours in the signed text cut at another place: one name or value longer or shorter. */
  async recut(): Promise<DrillRow> {
    const form = voiceForm({ ForwardedFrom: '+15125550111' });
    let [sent, refused, same] = [0, 0, 0];
    const others: string[] = [];
    const cuts = recuts(form);
    await inTurns(cuts.length, 10, async (n) => {
      const cut = cuts[n] ?? {};
      if (signatureOf(PUBLIC_URL, cut) !== signatureOf(PUBLIC_URL, form)) return;
      sent += 1;
      const { status, text } = await post(this.#one, '/twilio/voice', cut, form);
      const claims = claimsIn(text);
      if (status === 400) refused += 1;
      else if (claims?.callSid === form.CallSid && claims?.from === form.From) same += 1;
      else others.push(`${status} ${Object.keys(cut).join(' ')}`);
    });
    return {
      fault: `${sent} forms cut up anew under the same signature, one with ForwardedFrom as From`,
      required: 'none names another call or caller',
      seen: `${refused} refused with 400, ${same} read as they were, ${others.length} otherwise ${others.slice(0, 2).join('; ')}`,
      held: sent > 200 && others.length === 0,
    };
  }

  async callbacks(): Promise<DrillRow[]> {
    const twilio = twilioTo(this.#one.url);
    const wrong: string[] = [];
    const callSids: string[] = [];
    await inTurns(30, 5, async () => {
      const call = twilio.call({ keepAudio: false });
      callSids.push(call.callSid);
      await call.untilSpeaking();
      const form = { ...voiceForm(), CallSid: call.callSid };
      for (const what of shuffled([
        'ringing',
        'in-progress',
        'completed',
        'ringing',
        'completed',
        'stream-stopped',
        'stream-started',
        'stream-error',
      ])) {
        const [path, name] = what.startsWith('stream')
          ? ['stream-status', 'StreamEvent']
          : ['call-status', 'CallStatus'];
        const { status } = await post(Math.random() < 0.5 ? this.#one : this.#other, `/twilio/${path}`, {
          ...form,
          [name]: what,
        });
        if (status !== 204) wrong.push(`${what}: ${status}`);
      }
      await call.hangUp();
      const { text } = await post(this.#other, '/twilio/voice', form);
      if (!text.includes(HANG_UP)) wrong.push('not over');
    });
    const rows = await this.#rowsOf(callSids);
    const left = await metric(this.#one, 'bayline_live_calls');
    return [
      {
        fault: 'callbacks of 30 calls, twice, out of order, at either gateway',
        required: '204 to each, every call over, one row each, none live',
        seen: `${wrong.length} otherwise ${wrong.slice(0, 3).join('; ')}, ${rows} rows, ${left - 1} more live`,
        // The call of the later replays lives meanwhile.
        held: wrong.length === 0 && rows === 30 && left === 1,
      },
    ];
  }

  /** The other gateways cannot be asked: everything else works. */
  async stoppedRedis(server: RedisServer): Promise<DrillRow> {
    const twilio = twilioTo(this.#one.url);
    const calls = 20;
    server.pause();
    const answers: number[] = [];
    let [greeted, expected] = [0, 0];
    for (let n = 0; n < calls; n += 1) {
      const call = twilio.call({ keepAudio: false });
      await call.untilSpeaking();
      const [request] = call.record.of('request');
      const [started] = call.record.of('stream-started');
      const [speaks] = call.record.of('agent-speaks');
      answers.push(request?.at ?? Number.NaN);
      greeted = Math.max(greeted, (speaks?.at ?? Number.NaN) - (started?.at ?? Number.NaN));
      expected += 1;
      await call.hangUp();
    }
    const unanswered = await metric(this.#one, 'bayline_stream_ledger_unanswered_total', 'step="invite"');
    server.resume();
    await twilio.close();
    const slowest = Math.max(...answers.map((at, n) => (n === 0 ? at : at)));
    return {
      fault: `Redis stands still, ${calls} calls come`,
      required: 'TwiML within 300 ms, the greeting within 300 ms of the start, each counted',
      seen: `TwiML ${slowest.toFixed(0)} ms, greeting ${greeted.toFixed(0)} ms at most, ${unanswered} counted`,
      held: slowest <= 300 && greeted <= 300 && unanswered >= expected,
    };
  }
}

function replayRow(when: string, answers: readonly string[]): DrillRow {
  const others = answers.filter((text) => !text.includes(HANG_UP));
  return {
    fault: `/twilio/voice replayed at both gateways ${when}`,
    required: 'a hang-up, no new token',
    seen: `${answers.length - others.length} of ${answers.length} hang up ${others[0]?.slice(0, 60) ?? ''}`,
    held: others.length === 0 && answers.length > 0,
  };
}

async function beyondCapacity(): Promise<DrillRow[]> {
  const [most, come] = [10, 25];
  const gateway = await startAttacked({ AGENT: 'keypad', MAX_CALLS: String(most), TRANSFER_NUMBER });
  const twilio = twilioTo(gateway.url);
  try {
    const calls = Array.from({ length: come }, () => twilio.call({ keepAudio: false, patienceMs: 20_000 }));
    await Promise.all(
      calls.map((call) => Promise.race([call.untilSpeaking().catch(() => undefined), call.untilEnded()])),
    );
    const streaming = calls.filter(({ state }) => state === 'streaming').length;
    const dialled = calls.filter(({ record }) => record.outcome?.kind === 'dial').length;
    const refused = await metric(gateway, 'bayline_streams_refused_total');
    const errors = calls.flatMap(({ record }) => record.protocolErrors).length;
    return [
      {
        fault: `${come} calls at once where ${most} have room`,
        required: `${most} streams, the others dialled through by the webhook, no stream refused`,
        seen: `${streaming} streams, ${dialled} dialled, ${refused} refused, ${errors} errors of the protocol`,
        held: streaming === most && dialled === come - most && refused === 0 && errors === 0,
      },
    ];
  } finally {
    await twilio.close();
    await gateway.stop();
  }
}

function pathIn(twiml: string): string {
  return /(\/twilio\/media\/[\w-]+)"/.exec(twiml)?.[1] ?? '/none';
}

/** Opens and starts a stream: with what it is refused or closed, or that it is still open after half a second. */
async function startStream(gateway: GatewayProcess, path: string, callSid: string): Promise<number | 'open'> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, {
    headers: { 'X-Twilio-Signature': streamSignature(path) },
  });
  socket.on('error', () => undefined);
  const refused = new Promise<number>((resolve) =>
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0)),
  );
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.once('open', () => socket.send(JSON.stringify(new StreamMessages(newSid('MZ'), callSid).start())));
  const end = await Promise.race([refused, closed, pause(500, 'open' as const)]);
  socket.terminate();
  return end;
}

/** Forms with the same signed text: for each place of the text, the cut before it moved there. */
function recuts(form: Readonly<Record<string, string>>): Record<string, string>[] {
  const pairs = Object.keys(form)
    .sort()
    .map((name) => [name, form[name] ?? ''] as const);
  const forms: Record<string, string>[] = [];
  for (const [n, [name, value]] of pairs.entries()) {
    const [rest, text] = [Object.fromEntries(pairs.filter((_, at) => at !== n)), name + value];
    for (let cut = 1; cut <= text.length; cut += 3)
      forms.push({ ...rest, [text.slice(0, cut)]: text.slice(cut) });
    const [next] = pairs.slice(n + 1);
    if (!next) continue;
    const both = Object.fromEntries(pairs.filter((_, at) => at !== n && at !== n + 1));
    const joined = value + next[0] + next[1];
    forms.push({ ...both, [name]: joined });
    for (let cut = 0; cut < joined.length; cut += 1)
      for (const end of [1, 4, 8, 16]) {
        const [second, last] = [joined.slice(cut, cut + end), joined.slice(cut + end)];
        if (second !== '') forms.push({ ...both, [name]: joined.slice(0, cut), [second]: last });
      }
  }
  const { Direction: direction = '', ForwardedFrom: forwarded = '', From: from = '', ...others } = form;
  forms.push({ ...others, Direction: `${direction}Forwarded`, From: forwarded, [`From${from}`]: '' });
  forms.push({ ...others, Direction: direction, Forwarded: '', From: forwarded, [`From${from}`]: '' });
  return forms;
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((each) => ({ each, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}
