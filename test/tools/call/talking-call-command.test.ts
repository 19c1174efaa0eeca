import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { runCall } from '../../support/call-program.js';
import { compiled } from '../../support/compiled.js';

const SCRIPT = fileURLToPath(
  new URL('../../../packages/realtime-simulator/examples/booking.yaml', import.meta.url),
);

function inspect(file: string): Promise<string> {
  const child = spawn(process.execPath, [compiled('tools/inspect/inspect.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString();
  });
  return new Promise((resolve) => child.on('close', () => resolve(text)));
}

// One call in real time, about half a minute; the processes take their time on a busy machine, where a customer may be found too late.
it('npm run call books by voice with a scripted model, and npm run inspect shows the words and functions of that call', {
  timeout: 180_000,
  retry: 2,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bayline-talking-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const recordings = join(folder, 'recordings');
  const { status, out, err } = await runCall(folder, ['--model-script', SCRIPT], { RECORD_DIR: recordings });
  expect(status, err).toBe(0);
  expect(out).toContain('caller  says: Hi, I need an oil change');
  expect(out).toMatch(/model +calls: find_open_times \{"service":"oil_change"\}/);
  // On a busy machine the caller is asked to wait, and then no more than "I" of the offer is heard, or nothing.
  expect(out).toMatch(/agent +(I|Thank you for waiting\.) .*\(interrupted\)/s);
  expect(out).toMatch(/booked +oil_change at \d{4}-/);
  expect(out).toContain('The call ended as the TwiML said: <Hangup>.');
  const [file = ''] = readdirSync(recordings);
  const text = await inspect(join(recordings, file));
  expect(text).toMatch(/caller +is understood: “Hi, I need an oil change”/);
  expect(text).toMatch(/tool +find_open_times: done/);
  expect(text).toMatch(/tool +book_appointment: done/);
  expect(text).toMatch(/agent +says “.*oil change is booked.*Goodbye\.”/);
});
