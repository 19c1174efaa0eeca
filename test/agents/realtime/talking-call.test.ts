import { readFile } from 'node:fs/promises';
import { describe, expect, inject, it, vi } from 'vitest';
import { readScript } from '../../../packages/realtime-simulator/src/script/read-script.js';
import type { FinishedCall } from '../../../src/call-log/finished-call.js';
import { startTalkingGateway } from '../../support/talking-gateway.js';
import { shopIsReady } from '../../support/test-gateway.js';

const EXAMPLE = 'packages/realtime-simulator/examples/booking.yaml';
/** A customer of the demo shop with one vehicle and nothing to come. */
const JAMES = '+15125550101';

describe.each([
  ['in process', () => ({})],
  ['in Redis', () => ({ REDIS_URL: inject('redisUrl') })],
])('a spoken call with its session %s', (_, store) => {
  it('has a barge-in, two functions and a booking, and leaves what it should', {
    timeout: 90_000,
  }, async () => {
    const script = { ...readScript(await readFile(EXAMPLE, 'utf8'), EXAMPLE), caller: [] };
    const gateway = await startTalkingGateway({ script }, store());
    await shopIsReady(gateway);
    const call = gateway.twilio.call({ from: JAMES, patienceMs: 30_000 });
    await gateway.takeSteps(call, [
      { kind: 'say', words: 'Hi, I need an oil change' },
      { kind: 'interrupt', words: 'No, Tuesday please' },
      { kind: 'say', words: 'Yes please' },
    ]);
    const { outcome } = await call.untilEnded();
    expect(outcome).toEqual({ kind: 'hangup' });
    const log = await vi.waitFor(async () => {
      const record = await gateway.get<FinishedCall>(`/api/calls/${call.callSid}`);
      expect(record.outcome).toBe('booked');
      return record;
    });
    expect(gateway.model.breaches).toEqual([]);

    const turns = log.transcript.map(({ role, content }) => `${role}: ${content}`);
    const said = turns.filter((turn) => turn.startsWith('user')).map((turn) => turn.slice('user: '.length));
    expect(said).toEqual(['Hi, I need an oil change', 'No, Tuesday please', 'Yes please']);
    expect(turns.filter((turn) => turn.startsWith('function'))).toEqual([
      'function: find_open_times: done',
      'function: find_open_times: done',
      'function: book_appointment: done',
      'function: end_call: done',
    ]);
    expect(turns[0]).toMatch(/^assistant: Thank you for calling .*Hello, James\. How can I help you\?$/);
    const last = turns.filter((turn) => turn.startsWith('assistant')).at(-1);
    expect(last).toMatch(/^assistant: Your oil change is booked\. .* Goodbye\.$/);
    const times = log.transcript.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort());
    expect(log).toMatchObject({ agent: 'realtime', interruptions: 1 });
    expect(log.states.map(({ name }) => name)).toEqual(expect.arrayContaining(['booking', 'confirmation']));
    expect(log.usage?.audio_out).toBeGreaterThan(0);
    expect(log.latency?.model_ms?.count).toBeGreaterThan(0);

    const { appointments } = await gateway.get<{ appointments: Record<string, unknown>[] }>(
      '/api/appointments?from=2020-01-01',
    );
    const own = appointments.filter(
      ({ caller_phone, status }) => caller_phone === JAMES && status === 'booked',
    );
    expect(own).toMatchObject([{ service_type: 'oil_change' }]);
    expect(gateway.log.text()).not.toMatch(/oil change|Tuesday please|James/);
  });
});
