import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GatewayError } from '../../../src/core/errors.js';
import { ANNA, answered, NINE, ring, TEN } from '../../support/keypad-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a slow or broken desk', () => {
  test('is bridged with a word after 700 ms, once', async () => {
    const { control, desk, press } = await answered();
    const goOn = desk.stall();
    await press('11');
    await vi.advanceTimersByTimeAsync(690);
    expect(control.lastSaid).toContain('Which service?');
    await vi.advanceTimersByTimeAsync(800);
    expect(control.said.filter((said) => said === 'One moment, please.')).toHaveLength(1);
    goOn();
    await vi.advanceTimersByTimeAsync(1);
    expect(control.lastSaid).toMatch(/^Open times are/);
  });

  test('is given up after two seconds: the caller is told and offered a person', async () => {
    const { control, desk, press } = await answered();
    desk.stall();
    await press('11');
    await vi.advanceTimersByTimeAsync(2000);
    expect(control.lastSaid).toMatch(/^I cannot reach the appointment book right now\..* For a person, 0\.$/);
  });

  test('that is down is tried again when the caller says so', async () => {
    const { control, desk, press } = await answered();
    desk.down = true;
    await press('111');
    expect(control.lastSaid).toMatch(/^I cannot reach the appointment book/);
    desk.down = false;
    await press('1');
    expect(control.lastSaid).toMatch(/^Open times are/);
  });

  test('that is down lets a caller with a number ask to be called back, and the session says so', async () => {
    const { control, desk, press } = await answered();
    desk.down = true;
    await press('1112');
    expect(control.lastSaid).toMatch(
      /the shop will call you back at the number .* If your car does not drive, press 1\./,
    );
    expect(control.session.data.collected_data).toMatchObject({ callback_requested: true });
    await press('1');
    expect(control.lastSaid).toMatch(/^I have noted that it is urgent\. Goodbye\.$/);
    expect(control.left).toBe('hung up');
    expect(control.session.data.collected_data).toMatchObject({ callback_requested: true, urgent: true });
  });

  test('that is down offers no call-back to a caller whose number is withheld', async () => {
    const { control, desk, press } = await answered({ phone: 'anonymous' });
    desk.down = true;
    await press('111');
    expect(control.lastSaid).toContain('For the main menu, 2.');
    expect(control.lastSaid).not.toContain('call you back');
    await press('2');
    expect(control.session.data.collected_data.callback_requested).toBeUndefined();
  });

  test('that lost the answer to a booking takes it back before the caller books another time', async () => {
    const { control, desk, press } = await answered();
    desk.deaf = true;
    await press('1111');
    expect(control.lastSaid).toMatch(/^Your appointment is not confirmed yet\./);
    desk.deaf = false;
    await press('31111');
    expect(control.said.at(-2)).toMatch(/is booked\./);
    expect(desk.bookings.map(({ startsAt }) => startsAt)).toEqual([TEN]);
  });

  test('that booked for an agent that heard no more of it takes it back before the caller books another time', async () => {
    const collected_data = { service_type: 'oil_change', appointment_time: NINE };
    const { control, desk, agent, press } = ring({
      session: { current_state: 'confirmation', collected_data },
    });
    await desk.book({ serviceType: 'oil_change', startsAt: NINE, vehicleId: null });
    agent.start(true);
    await vi.advanceTimersByTimeAsync(1);
    await press('11');
    expect(control.said.at(-2)).toMatch(/is booked\./);
    expect(desk.bookings.map(({ startsAt }) => startsAt)).toEqual([TEN]);
  });

  test('that refuses a vehicle which was given up meanwhile books without it', async () => {
    const collected_data = { service_type: 'oil_change', appointment_time: NINE, vehicle_id: 3 };
    const { control, desk, agent, press } = ring({
      session: { current_state: 'confirmation', collected_data },
    });
    const book = desk.book.bind(desk);
    desk.book = async (request) => {
      if (request.vehicleId !== null) throw new GatewayError('FORBIDDEN', 'There is no such vehicle.');
      return await book(request);
    };
    agent.start(true);
    await vi.advanceTimersByTimeAsync(1);
    await press('1');
    expect(control.said.at(-2)).toMatch(/is booked\./);
    expect(desk.bookings).toMatchObject([{ startsAt: NINE, vehicleId: null }]);
  });

  test('whose answer comes after the caller has gone on is not listened to', async () => {
    const { control, desk, press } = await answered({ canTransfer: false });
    const goOn = desk.stall();
    await press('11012');
    goOn();
    await vi.advanceTimersByTimeAsync(1);
    expect(control.session.data.collected_data).toEqual({ service_type: 'brakes' });
    expect(control.said.filter((said) => said.startsWith('Open times are'))).toHaveLength(1);
  });

  test('does not hear of a question that the caller no longer waits for', async () => {
    const { desk, press } = await answered({ canTransfer: false, attested: true, customer: ANNA });
    const goOn = desk.stall();
    await press('111020');
    goOn();
    await vi.advanceTimersByTimeAsync(1);
    expect(desk.asked).toEqual(['openTimes']);
  });
});

describe('a voice that fails', () => {
  const broken = () => Promise.reject(new Error('no voice'));

  test('hands the call to a person', async () => {
    const { control } = await answered({ speak: broken });
    expect(control.left).toBe('transferred');
    expect(control.session.data.current_state).toBe('transferring');
  });

  test('leaves the apology to what follows the stream where nobody can be reached', async () => {
    const { control } = await answered({ canTransfer: false, speak: broken });
    expect(control.left).toBe('transferred');
  });
});

describe('the end of a call', () => {
  test('gives up the kept time and falls silent for good', async () => {
    const { control, desk, agent, press } = await answered();
    await press('111');
    expect(desk.holds.size).toBe(1);
    await control.session.release();
    await agent.stop();
    expect(desk.holds.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    const said = control.said.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(control.said).toHaveLength(said);
  });

  test('lets a booking that is being written be finished, and says nothing more', async () => {
    const { control, desk, agent, press } = await answered();
    await press('111');
    const goOn = desk.stall();
    await press('1');
    const said = control.said.length;
    const stopped = agent.stop();
    goOn();
    await stopped;
    expect(desk.bookings).toHaveLength(1);
    expect(desk.asked).not.toContain('release');
    expect(control.said).toHaveLength(said);
  });

  test('comes in time even when the desk never answers', async () => {
    const { desk, agent, press } = await answered();
    await press('111');
    desk.stall();
    const stopped = agent.stop();
    await vi.advanceTimersByTimeAsync(2001);
    await expect(stopped).resolves.toBeUndefined();
  });
});
