import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { WebSocket } from 'ws';
import { newSid } from '../../packages/twilio-simulator/src/call-form.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { StreamMessages } from '../../test/support/stream-messages.js';
import type { DrillRow } from '../drill-topic.js';
import { inTurns, metric, post, signedFor, twilioTo, voiceForm } from './attacked-gateway.js';

const HANG_UP = '<Response><Hangup/></Response>';
const TOKEN_MS = 60_000;
const LEDGER_MS = 120_000;

/** One call's webhook again and again, at two gateways that share their stores. */
export class ReplayedWebhooks {
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

  async atOnce(): Promise<DrillRow[]> {
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
  async later(): Promise<DrillRow[]> {
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
    const rows = await recordedCalls(this.#databaseUrl, [
      unopened.CallSid ?? '',
      ended.CallSid ?? '',
      live.callSid,
    ]);
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
}

/** How many calls the shop has a record of. */
export async function recordedCalls(databaseUrl: string, callSids: readonly string[]): Promise<number> {
  await pause(1000);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query('select call_sid from calls where call_sid = any($1)', [callSids]);
  await client.end();
  return rows.length;
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

function pathIn(twiml: string): string {
  return /(\/twilio\/media\/[\w-]+)"/.exec(twiml)?.[1] ?? '/none';
}

/** Opens and starts a stream: with what it is refused or closed, or `open` when the agent speaks on it. */
async function startStream(gateway: GatewayProcess, path: string, callSid: string): Promise<number | 'open'> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, {
    headers: signedFor(path),
  });
  socket.on('error', () => undefined);
  const refused = new Promise<number>((resolve) =>
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0)),
  );
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.once('open', () => socket.send(JSON.stringify(new StreamMessages(newSid('MZ'), callSid).start())));
  const spoken = new Promise<'open'>((resolve) => socket.once('message', () => resolve('open')));
  const end = await Promise.race([refused, closed, spoken, pause(10_000, 0)]);
  socket.terminate();
  return end;
}
