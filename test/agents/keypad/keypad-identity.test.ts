import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ANNA, answered, BRAKES_AT_TEN, NINE, ring, type Setting, TEN } from '../../support/keypad-call.js';
import { RIGHT_DIGITS } from '../../support/memory-caller-desk.js';

const PROMPT =
  'To hear your appointments, please enter the last four digits of the VIN of your vehicle. To start over, press star. For the main menu, pound.';
const APPOINTMENTS = `You have one appointment. Your brake service is on «${TEN}».`;
const WRONG = 'I am sorry, that does not match.';
/** Keys that follow a code sooner belong to it. */
const REST_MS = 1000;
const REFUSED = /^I am sorry, I cannot check by phone who you are.* A person at the shop.* To book an app/;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function unproven(setting: Setting = {}) {
  const call = await answered({ attested: false, customer: ANNA, ...setting });
  call.desk.upcomingOf.set(5, [BRAKES_AT_TEN]);
  /** Keys a code, and listens to what comes of it. */
  const dial = async (code: string) => {
    await call.press(code);
    await vi.advanceTimersByTimeAsync(REST_MS);
  };
  /** Asks for appointments and keys three codes that are wrong. */
  const failToProve = async () => {
    await call.press('2');
    for (const code of ['9999', '9998', '9997']) await dial(code);
  };
  return { ...call, dial, failToProve };
}

describe('a caller who has proved nothing and asks for appointments', () => {
  test('is asked for digits of a VIN in the same words, whether or not the number is a customer’s', async () => {
    for (const setting of [{}, { customer: null }, { customer: null, attested: true }]) {
      const { control, press } = await unproven(setting);
      await press('2');
      expect(control.lastSaid).toBe(PROMPT);
      await press('9999');
      expect(control.lastSaid).toBe(`${WRONG} You have two more tries. ${PROMPT}`);
    }
  });

  test('hears them with the right digits, a 0 among them, and may then choose a vehicle', async () => {
    const { control, press, dial } = await unproven();
    await press('2');
    await dial(RIGHT_DIGITS);
    expect(control.lastSaid).toContain(APPOINTMENTS);
    await press('*11');
    expect(control.lastSaid).toContain('Which vehicle is it for? For the 2019 Honda Civic, press 1.');
    await press('2');
    expect(control.lastSaid).toContain('«');
  });

  test('has three tries and then the menu, where a person can be had', async () => {
    const { control, desk, press, failToProve } = await unproven();
    await failToProve();
    expect(control.lastSaid).toMatch(REFUSED);
    expect(desk.asked.filter((what) => what === 'verify')).toHaveLength(3);
    await press('2');
    expect(control.lastSaid).toMatch(REFUSED);
    await press('0');
    expect(control.left).toBe('transferred');
    expect(control.said.join(' ')).not.toMatch(/Anna|Honda|brake service/);
  });

  test('is offered to be called back after the last try, and again whenever it asks', async () => {
    for (const again of ['', '2', '*']) {
      const { control, press, failToProve } = await unproven();
      await failToProve();
      await press(again);
      expect(control.lastSaid).toMatch(
        /To have the shop call you back, press 4\. To book an appointment, press 1/,
      );
      await press('4');
      expect(control.lastSaid).toMatch(/^I have noted your request, .* hang up now\.$/);
      expect(control.session.data.collected_data).toMatchObject({ callback_requested: true });
      await press('2');
      expect(control.left).toBe('hung up');
    }
  });

  test('without a number that digits could be asked of is not asked', async () => {
    const { control, desk, press } = await unproven();
    desk.triesLeft = null;
    await press('2');
    expect(control.lastSaid).toMatch(REFUSED);
  });

  test('starts over with star, goes back with pound, and hears nothing between digits', async () => {
    const { control, press } = await unproven();
    await press('299');
    expect(control.lastSaid).toBe(PROMPT);
    expect(control.said).toHaveLength(2);
    await press(`*${RIGHT_DIGITS}`);
    expect(control.lastSaid).toContain(APPOINTMENTS);
    const other = await unproven();
    await other.press('299#0');
    expect(other.control.left).toBe('transferred');
  });

  test('who falls silent between digits is asked again from the first', async () => {
    const { control, press } = await unproven();
    await press('299');
    await vi.advanceTimersByTimeAsync(8001);
    expect(control.said).toHaveLength(3);
    expect(control.lastSaid).toBe(PROMPT);
    await press(RIGHT_DIGITS);
    expect(control.lastSaid).toContain(APPOINTMENTS);
  });

  test('is told that the book cannot be reached when the desk fails, and proves it when it is back', async () => {
    const { control, desk, press, dial } = await unproven();
    await press('2');
    desk.down = true;
    await dial(RIGHT_DIGITS);
    expect(control.lastSaid).toMatch(/^I cannot reach the appointment book/);
    desk.down = false;
    await press('1');
    expect(control.lastSaid).toContain(APPOINTMENTS);
  });

  test('hears that a code is wrong whatever follows it at once, such as the rest of a VIN', async () => {
    const { agent, control, desk, press } = await unproven();
    await press('29999');
    for (const key of ['#', '5', '0']) {
      await vi.advanceTimersByTimeAsync(REST_MS - 100);
      const said = control.said.length;
      expect(agent.keysAreSecret).toBe(true);
      await press(key);
      expect(control.said).toHaveLength(said + 1);
      expect(control.lastSaid).toBe(`${WRONG} You have two more tries. ${PROMPT}`);
    }
    await vi.advanceTimersByTimeAsync(REST_MS);
    await press(RIGHT_DIGITS);
    expect(control.lastSaid).toContain(APPOINTMENTS);
    expect(desk.asked.filter((what) => what === 'verify')).toHaveLength(2);
  });

  test('hears the appointments when a pound key ends the code', async () => {
    const { control, press } = await unproven();
    await press(`2${RIGHT_DIGITS}#`);
    expect(control.lastSaid).toMatch(`${APPOINTMENTS} To change it, press 1.`);
  });

  test('hears it once more from its beginning when the rest of a code cuts it off, and is not hurried', async () => {
    const { control, press } = await unproven();
    await press('2999');
    control.instant = false;
    await press('9#');
    const said = [...control.said];
    expect(said.slice(-2)).toEqual([said.at(-1), said.at(-1)]);
    await vi.advanceTimersByTimeAsync(8001);
    expect(control.said).toEqual(said);
  });

  test('goes back to the menu with a pound key once the words were heard', async () => {
    const { control, press } = await unproven();
    await press('29999');
    await vi.advanceTimersByTimeAsync(1900);
    await press('#');
    expect(control.lastSaid).toContain(WRONG);
    await vi.advanceTimersByTimeAsync(2000);
    await press('#');
    expect(control.lastSaid).toMatch(/^To book an appointment/);
  });

  test('keys in secret: from the question on until it is answered and the rest of the code is over', async () => {
    const { agent, desk, press } = await unproven();
    const secrets: boolean[] = [agent.keysAreSecret];
    await press('2');
    const goOn = desk.stall();
    for (const key of RIGHT_DIGITS) {
      secrets.push(agent.keysAreSecret);
      await press(key);
    }
    secrets.push(agent.keysAreSecret);
    goOn();
    await vi.advanceTimersByTimeAsync(1);
    secrets.push(agent.keysAreSecret);
    await vi.advanceTimersByTimeAsync(REST_MS);
    expect([...secrets, agent.keysAreSecret]).toEqual([false, true, true, true, true, true, true, false]);
  });

  test('is asked again after a break, and not when it was proved by then', async () => {
    const session = { current_state: 'collecting_info', intent: 'list_appointments' } as const;
    const { control, agent } = ring({ customer: ANNA, session });
    agent.start(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(control.said).toEqual(['Sorry, we were cut off.', PROMPT]);
    const proved = ring({ customer: ANNA, attested: true, session });
    proved.desk.upcomingOf.set(5, [{ ...BRAKES_AT_TEN, date: NINE }]);
    proved.agent.start(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(proved.control.lastSaid).toContain(`Your brake service is on «${NINE}».`);
  });
});
