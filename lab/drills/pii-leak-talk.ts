import { RealtimeSimulator } from '../../packages/realtime-simulator/src/realtime-simulator.js';
import type { Action, Script } from '../../packages/realtime-simulator/src/script/script.js';
import type { TwilioSimulator } from '../../packages/twilio-simulator/src/twilio-simulator.js';
import type { DrillRow } from '../drill-topic.js';
import { GatewayLog } from './gateway-log.js';
import { ADMIN_TOKEN, canaries, FIRST_NAME, found, LAST_NAME, NUMBER, VIN } from './pii-leak-words.js';
import { startInShop, twilioFor } from './shared-shop.js';
import { SharedVoice } from './talking-rig.js';

const KEY = 'sk-canary-31f0c7d2b8';
/** What is said in no prompt of the shop, by the caller and by the model. */
const CALLER_WORD = 'marzipan';
const MODEL_WORD = 'rhododendron';
const PATIENCE_MS = 10_000;
const GARBAGE = 6;
const SECRETS = `${FIRST_NAME} ${LAST_NAME} ${NUMBER} ${VIN} ${KEY}`;

/** The server's own texts and codes with canaries in them, each on a call of its own; the last is for good. */
const FAULTS: readonly Action[] = [
  { error: { code: NUMBER, message: SECRETS } },
  { error: { code: 'server_error', type: FIRST_NAME, message: SECRETS } },
  { fail: { code: LAST_NAME, message: SECRETS } },
  { fail: { code: 'rate_limit_exceeded', message: SECRETS } },
  { send: { type: `session.${FIRST_NAME}`, phone: NUMBER } },
  { send: { type: 'error', error: { type: KEY, code: VIN, message: SECRETS, param: NUMBER } } },
  { send: { type: 'response.output_audio.delta', item_id: FIRST_NAME, response_id: NUMBER, delta: SECRETS } },
  { garbage: `{"type":"${SECRETS}` },
  { close: 1011, reason: `${FIRST_NAME} ${NUMBER}` },
  { error: { code: 'insufficient_quota', message: `The key ${KEY} of ${NUMBER} has no credit.` } },
];

const SCRIPT: Script = {
  rules: [
    {
      when: { hears: CALLER_WORD },
      do: [
        { say: `Hello ${FIRST_NAME}, ${MODEL_WORD}.` },
        { call: 'find_open_times', arguments: { service: FIRST_NAME, day: NUMBER } },
        {
          call: 'book_appointment',
          arguments: { slot: 's1', first_name: FIRST_NAME, last_name: LAST_NAME, confirmed: true },
        },
        { call: 'leave_message', arguments: { message: SECRETS } },
        { call: `look_up_${FIRST_NAME}`, arguments: { phone: NUMBER } },
      ],
    },
    { do: [{ say: `${MODEL_WORD}, ${FIRST_NAME}, ${NUMBER}.`, chunkMs: 100, everyMs: 100 }] },
  ],
};

/** Talking calls whose words, functions and faults are full of canaries: what of it stands in the log and in the metrics. */
export async function talkedCanaries(level: string): Promise<DrillRow[]> {
  const voice = new SharedVoice();
  const model = new RealtimeSimulator({ script: SCRIPT });
  const log = new GatewayLog();
  const gateway = await startInShop(
    {},
    {
      AGENT: 'realtime',
      REALTIME_URL: await model.listen(),
      OPENAI_API_KEY: KEY,
      ADMIN_TOKEN,
      LOG_LEVEL: level,
    },
    { onOutput: log.onOutput },
  );
  const twilio = twilioFor(gateway);
  const { audio } = await voice.synthesize('I need an oil change, please.');
  try {
    for (const fault of FAULTS) await talk(twilio, model, audio, fault);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    await gateway.stop();
    return rowsOf(level, log.lines, metrics);
  } finally {
    await twilio.close();
    await gateway.kill();
    await model.close();
    await voice.end();
  }
}

async function talk(
  twilio: TwilioSimulator,
  model: RealtimeSimulator,
  audio: Buffer,
  fault: Action,
): Promise<void> {
  const call = twilio.call({ from: NUMBER, patienceMs: PATIENCE_MS, keepAudio: false });
  await call.untilSpeaking();
  model.callerSays(`${CALLER_WORD}, I am ${SECRETS}`);
  await call.say('', audio);
  await call.untilSpeaking();
  const session = model.sessions.findLast(({ events }) =>
    events.some(({ type }) => type === 'input_audio_buffer.append'),
  );
  for (let n = 0; n < ('garbage' in fault ? GARBAGE : 1); n += 1) session?.break(fault);
  await call.untilSpoken().catch(() => undefined);
  await call.hangUp();
}

function rowsOf(level: string, lines: readonly string[], metrics: string): DrillRow[] {
  const all = {
    ...canaries([]),
    'the key of the model': [KEY],
    'words of a conversation': [new RegExp(CALLER_WORD, 'i'), new RegExp(MODEL_WORD, 'i')],
  };
  const fault = `Talking calls, log level ${level}`;
  const row = (place: string, texts: readonly string[]): DrillRow => {
    const hits = texts.flatMap((text) => found(text, all));
    return {
      fault,
      required: `no canary of ${Object.keys(all).length} kinds in ${place}`,
      seen: `${hits.length} in ${texts.length}${hits.length > 0 ? `: ${hits.slice(0, 3).join(' | ')}` : ''}`,
      held: hits.length === 0 && texts.length > 0,
    };
  };
  const counted = metrics.split('\n').filter((line) => /^bayline_(model_errors|tool_calls)_total/.test(line));
  const codes = counted.map((line) => /(?:code|tool)="(\w+)"/.exec(line)?.[1] ?? '');
  const expected = [
    'other',
    'server_error',
    'broken_event',
    'closed',
    'insufficient_quota',
    'book_appointment',
  ];
  const missing = expected.filter((code) => !codes.includes(code));
  return [
    {
      fault,
      required: "the model's faults and functions are in the metrics",
      seen: `${codes.join(', ')}${missing.length > 0 ? `; not ${missing.join(', ')}` : ''}`,
      held: missing.length === 0,
    },
    row('the lines of the gateway', lines),
    row('metrics', [metrics]),
  ];
}
