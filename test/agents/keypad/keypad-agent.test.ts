import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ANNA,
  answered,
  BRAKES_AT_TEN,
  NINE,
  piece,
  ring,
  type Setting,
  TEN,
} from '../../support/keypad-call.js';

const SILENCE_MS = 8000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a touch-tone call', () => {
  test('begins to speak in the same turn of the event loop, before the customer is known', () => {
    const { control, agent } = ring({ attested: true, customer: new Promise(() => undefined) });
    control.instant = false;
    agent.start(false);
    expect(control.lastSaid).toBe('Thank you for calling Bayline Auto Repair.');
  });

  test('has the sentences made that the caller hears first, its confirmation before the goodbye', async () => {
    const asked: string[] = [];
    const speak: Setting['speak'] = (text, nth = 0) => {
      asked.push(`${nth} ${text}`);
      return piece(text);
    };
    const { press } = await answered({ speak });
    await press('111');
    asked.length = 0;
    await press('1');
    expect(asked).toEqual([
      '0 Your oil change is booked.',
      expect.stringMatching(/^1 We will see you/),
      '2 Goodbye.',
    ]);
  });

  test('books an appointment for the known customer and her car, then hangs up', async () => {
    const { control, desk, press } = await answered({
      attested: true,
      customer: ANNA,
      session: { customer_id: 5 },
    });
    await press('11211');
    expect(desk.bookings).toMatchObject([
      { callerPhone: '+15125550123', customerId: 5, vehicleId: 4, serviceType: 'oil_change', startsAt: NINE },
    ]);
    expect(control.said.at(-2)).toContain(`We will see you on «${NINE}».`);
    expect(control.left).toBe('hung up');
    expect(control.session.data).toMatchObject({
      current_state: 'completed',
      intent: 'book_appointment',
      collected_data: {
        service_type: 'oil_change',
        vehicle_id: 4,
        appointment_time: NINE,
        appointment_id: 1,
      },
    });
    expect(desk.holds.size).toBe(0);
  });

  test('confirms the appointment once the caller has heard of it, also who hangs up in the goodbye, and no sooner', async () => {
    for (const heard of [true, false]) {
      const { control, desk, press } = await answered();
      await press('111');
      control.instant = false;
      await press('1');
      expect(control.said.slice(-2)).toEqual([
        expect.stringContaining('is booked'),
        expect.stringContaining('Goodbye'),
      ]);
      expect(desk.confirmed).toEqual([]);
      control.utterances.at(-2)?.finish(heard);
      control.utterances.at(-1)?.finish(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(desk.confirmed).toEqual(heard ? [1] : []);
      const { appointment_confirmed, confirmed_id } = control.session.data.collected_data;
      expect({ appointment_confirmed, confirmed_id }).toEqual(
        heard ? { appointment_confirmed: true, confirmed_id: 1 } : {},
      );
    }
  });

  test('tells its session that the caller has heard of it also when the book does not answer', async () => {
    const { control, desk, press } = await answered();
    await press('111');
    control.instant = false;
    await press('1');
    desk.down = true;
    control.playOut();
    await vi.advanceTimersByTimeAsync(1);
    expect(desk.confirmed).toEqual([]);
    expect(control.session.data.collected_data).toMatchObject({ appointment_confirmed: true });
  });

  test('keeps the time while the caller decides, so that another call is not offered it', async () => {
    const { desk, press } = await answered();
    await press('111');
    expect(await desk.openTimes({ serviceType: 'brakes', limit: 3 })).toMatchObject([{ starts_at: TEN }]);
  });

  test('finds the kept time again when the caller chooses again', async () => {
    const { control, press } = await answered();
    await press('1112');
    expect(control.lastSaid).toContain('For «09:00», press 1.');
  });

  test('offers the next times when the chosen one was taken meanwhile', async () => {
    const { control, desk, press } = await answered();
    await press('11');
    desk.take(NINE);
    await press('1');
    expect(control.said.slice(-2)).toEqual([
      'I am sorry, that time has just been taken.',
      `Here are the next open times. For «${TEN}», press 1. Later times, 4.`,
    ]);
  });

  test('hands the caller to a person with 0', async () => {
    const { control, press } = await answered();
    await press('10');
    expect(control.left).toBe('transferred');
    expect(control.session.data).toMatchObject({ current_state: 'transferring', intent: 'talk_to_person' });
  });

  test('goes on where it was after a break', async () => {
    const { control, agent, press } = ring({
      session: {
        current_state: 'confirmation',
        intent: 'book_appointment',
        collected_data: { service_type: 'brakes', appointment_time: TEN },
      },
    });
    agent.start(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(control.said[0]).toBe('Sorry, we were cut off.');
    expect(control.lastSaid).toContain(`Your brake service would be on «${TEN}».`);
    await press('1');
    expect(control.left).toBe('hung up');
  });

  test('goes on behind another agent on the same stream without a word of a break', async () => {
    for (const current_state of ['greeting', 'collecting_info', 'booking'] as const) {
      const collected_data = current_state === 'booking' ? { service_type: 'brakes' } : {};
      const { control, agent } = ring({ session: { current_state, collected_data }, isBreak: false });
      agent.start(true);
      await vi.advanceTimersByTimeAsync(1);
      expect(control.said[0]).toMatch(/^(To book an appointment|Which service|Open times)/);
    }
  });

  test('tells what another agent has booked, and does not end the call of who wants more', async () => {
    const booked = { service_type: 'brakes', appointment_time: TEN, appointment_id: 12 };
    const { control, desk, agent } = ring({
      session: { current_state: 'booking', intent: 'book_appointment', collected_data: booked },
      isBreak: false,
    });
    agent.start(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(control.said.join(' ')).toMatch(
      /^Your brake service is booked\. .* To book an appointment, press 1/,
    );
    expect(desk.confirmed).toEqual([12]);
    expect(control.left).toBeNull();
  });

  test('does not take what was heard of another booking for this one', async () => {
    const booked = { service_type: 'brakes', appointment_time: TEN, appointment_id: 12 };
    const heard = { ...booked, appointment_confirmed: true, confirmed_id: 12 } as const;
    const { control, desk, agent, press } = ring({
      session: { current_state: 'booking', intent: 'book_appointment', collected_data: heard },
    });
    const isHeard = () => control.session.data.collected_data.appointment_confirmed;
    agent.start(true);
    await vi.advanceTimersByTimeAsync(1);
    await press('111');
    expect(isHeard()).toBe(true);
    control.instant = false;
    await press('1');
    expect(control.session.data.collected_data).toMatchObject({
      service_type: 'oil_change',
      appointment_id: 1,
    });
    expect(isHeard()).toBeUndefined();
    control.playOut();
    await vi.advanceTimersByTimeAsync(1);
    expect(isHeard()).toBe(true);
    expect(desk.confirmed).toEqual([1]);
  });
});

describe('what is personal', () => {
  test('greets the attested customer by name', async () => {
    const { control } = await answered({ attested: true, customer: ANNA });
    expect(control.said[0]).toMatch(/^Thank you for calling Bayline Auto Repair\. Hello, Anna\. To book/);
  });

  test('a caller ID alone hears no name, no vehicle and no appointment', async () => {
    const { control, desk, press } = await answered({ attested: false, customer: ANNA });
    desk.upcomingOf.set(5, [BRAKES_AT_TEN]);
    await press('2#11');
    expect(control.said.join(' ')).not.toMatch(/Anna|Honda|brake service/);
    expect(control.lastSaid).toMatch(/^Open times are/);
    expect(desk.asked).not.toContain('upcoming');
  });

  test('reads upcoming appointments out to the attested customer', async () => {
    const { control, desk, press } = await answered({ attested: true, customer: ANNA });
    desk.upcomingOf.set(5, [BRAKES_AT_TEN]);
    await press('2');
    expect(control.lastSaid).toContain(`You have one appointment. Your brake service is on «${TEN}».`);
  });

  test('leaves the name out when it is not found or not spoken in time', async () => {
    const never = new Promise<never>(() => undefined);
    const unspoken = (text: string) => (text.startsWith('Hello') ? never : piece(text));
    const failed = (text: string) =>
      text.startsWith('Hello') ? Promise.reject(new Error('voice')) : piece(text);
    const callers: Setting[] = [
      { customer: never },
      { customer: ANNA, speak: unspoken },
      { customer: ANNA, speak: failed },
    ];
    for (const caller of callers) {
      const { control } = await answered({ attested: true, ...caller });
      await vi.advanceTimersByTimeAsync(1500);
      expect(control.said[0]).toMatch(/^Thank you for calling Bayline Auto Repair\. To book/);
      expect(control.left).toBeNull();
    }
  });
});

describe('silence', () => {
  test('runs from the end of the prompt: the prompt twice more, then the person', async () => {
    const { control, agent } = ring();
    control.instant = false;
    agent.start(false);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(control.said).toHaveLength(1);
    for (const heard of [2, 3, 4]) {
      control.playOut();
      await vi.advanceTimersByTimeAsync(SILENCE_MS - 1);
      expect(control.said).toHaveLength(heard - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(control.said).toHaveLength(heard);
    }
    expect(control.left).toBe('transferred');
  });

  test('ends with goodbye where no person can be reached', async () => {
    const { control } = await answered({ canTransfer: false });
    await vi.advanceTimersByTimeAsync(3 * SILENCE_MS + 10);
    expect(control.lastSaid).toMatch(/Goodbye\.$/);
    expect(control.left).toBe('hung up');
    expect(control.session.data).toMatchObject({
      current_state: 'completed',
      collected_data: { unanswered: true },
    });
  });

  test('does not run while a prompt plays that has cut off another', async () => {
    const { control, agent, press } = ring();
    control.instant = false;
    agent.start(false);
    await press('1');
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(control.said).toHaveLength(2);
    control.playOut();
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(control.said).toHaveLength(3);
  });
});

describe('a caller who speaks to the touch-tone agent', () => {
  test('is given the time for a key anew, at most 8 s for one speech', async () => {
    const { control, agent } = await answered();
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 100);
    agent.onSpeechStarted();
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 100);
    agent.onSpeechEnded();
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 100);
    expect(control.said).toHaveLength(1);
    agent.onSpeechStarted();
    await vi.advanceTimersByTimeAsync(SILENCE_MS + 1);
    expect(control.said).toHaveLength(2);
  });

  test('and never stops, as a radio does, is asked again after half a minute', async () => {
    const { control, agent } = await answered();
    for (let n = 0; n < 9; n += 1) {
      agent.onSpeechStarted();
      agent.onSpeechEnded();
      await vi.advanceTimersByTimeAsync(3000);
    }
    expect(control.said).toHaveLength(1);
    agent.onSpeechStarted();
    agent.onSpeechEnded();
    await vi.advanceTimersByTimeAsync(3100);
    expect(control.said).toHaveLength(2);
  });

  test('does not make it wait for a key while it speaks itself or looks something up', async () => {
    const { control, agent } = ring();
    control.instant = false;
    agent.start(false);
    await vi.advanceTimersByTimeAsync(1);
    agent.onSpeechStarted();
    agent.onSpeechEnded();
    await vi.advanceTimersByTimeAsync(5 * SILENCE_MS);
    expect(control.said).toHaveLength(1);
  });

  test('and then says nothing hears the prompt again from the first unheard sentence', async () => {
    const { control, agent } = ring();
    control.instant = false;
    agent.start(false);
    await vi.advanceTimersByTimeAsync(1);
    const [first, ...rest] = control.utterances[0]?.pieces ?? [];
    expect(first?.text).toMatch(/^Thank you/);
    control.interrupt();
    agent.onSpeechStarted();
    agent.onSpeechEnded();
    await vi.advanceTimersByTimeAsync(2000);
    agent.onFalseStart(rest);
    await vi.advanceTimersByTimeAsync(1);
    expect(control.lastSaid).toBe(rest.map(({ text }) => text).join(' '));
    // The caller's time runs from the end of what is said again.
    await vi.advanceTimersByTimeAsync(2 * SILENCE_MS);
    expect(control.said).toHaveLength(2);
    control.playOut();
    await vi.advanceTimersByTimeAsync(SILENCE_MS + 1);
    expect(control.said).toHaveLength(3);
  });

  test('and hangs up hears nothing again', async () => {
    const { control, agent } = await answered();
    await agent.stop();
    agent.onFalseStart([piece('never')]);
    expect(control.said).toHaveLength(1);
  });
});
