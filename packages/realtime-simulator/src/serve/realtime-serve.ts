import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { RealtimeSimulatorError, sentenceOf } from '../error.js';
import { RealtimeSimulator } from '../realtime-simulator.js';
import { readScript } from '../script/read-script.js';
import { ConversationLog } from './conversation-log.js';
import { parseServeOptions, SERVE_USAGE, type ServeOptions } from './serve-options.js';

/** The command `realtime-serve`. Gives the exit status: 0, or 1 when a client broke the protocol; 2 for wrong options or a wrong script. */
export async function realtimeServe(args: readonly string[]): Promise<number> {
  try {
    const options = parseServeOptions(args);
    if (options) return await serve(options);
    process.stdout.write(`${SERVE_USAGE}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    if (!(error instanceof RealtimeSimulatorError)) return 1;
    if (error.code === 'BAD_OPTION') process.stderr.write('Run it with --help to see its options.\n');
    return 2;
  }
}

async function serve({ port, host, script, profile, apiKey, sessionMs }: ServeOptions): Promise<number> {
  const log = new ConversationLog((line) => process.stdout.write(`${line}\n`));
  const model = new RealtimeSimulator({
    script: script === null ? {} : readScript(await textOf(script), script),
    profile,
    sessionMs,
    ...(apiKey === null ? {} : { apiKey }),
    onEvent: (event, session) => log.add(event, session),
  });
  process.stdout.write(`${profile} at ${await model.listen(port, host)}\n`);
  const typed = createInterface({ input: process.stdin });
  typed.on('line', (line) => model.callerSays(line));
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  typed.close();
  log.flush();
  await model.close();
  const breaches = model.breaches.length;
  process.stdout.write(`${model.sessions.length} sessions, ${breaches} breaches of the protocol\n`);
  return breaches === 0 ? 0 : 1;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new RealtimeSimulatorError('BAD_OPTION', `--script ${file} cannot be read: ${sentenceOf(error)}.`);
  }
}
