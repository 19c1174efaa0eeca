import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../src/core/errors.js';
import { Metrics } from '../../src/core/metrics.js';
import type { NumberOnFile } from '../../src/customers/wrong-vin-tries.js';
import { CallerIdentity, FREE_WRONG_TRIES, isAttested } from '../../src/desk/identity.js';
import { type CallAtDeskOptions, callAtDesk } from '../support/call-at-desk.js';
import { STIR_VERDICTS } from '../support/stir-verdicts.js';

const PHONE = '+15125550123';
const maria = {
  id: 1,
  phone_number: PHONE,
  first_name: 'Maria',
  last_name: 'Alvarez',
  email: null,
  vehicles: [],
  upcoming_appointments: [],
  last_service_date: null,
};

/** One customer with two vehicles, and a count of wrong tries by number. */
class ScriptedTries {
  readonly wrong = new Map<string, number>();
  down = false;
  sinceWrongMs = 0;
  shop = { lastHour: 0, lastDay: 0 };

  async take<T extends { readonly result: string }>(phone: string, judge: (onFile: NumberOnFile) => T) {
    if (this.down) throw new GatewayError('UNAVAILABLE', 'down');
    const wrongTries = this.wrong.get(phone) ?? 0;
    const tried = { wrongTries, sinceWrongMs: this.sinceWrongMs, shop: this.shop };
    const own = { customerId: 1, vins: ['4T1B11HK5KU200123', '2HGFC2F59HH504567'], ...tried };
    const verdict = judge(phone === PHONE ? own : { customerId: null, vins: [], ...tried });
    if (verdict.result === 'wrong') this.wrong.set(phone, wrongTries + 1);
    return verdict;
  }

  async look<T>(phone: string, judge: (onFile: NumberOnFile) => T) {
    const untried = { wrongTries: 0, sinceWrongMs: Infinity, shop: { lastHour: 0, lastDay: 0 } };
    const vins = phone === PHONE ? ['4T1B11HK5KU200123'] : [];
    return judge({ customerId: phone === PHONE ? 1 : null, vins, ...untried });
  }
}

function identified(options: CallAtDeskOptions = {}, tries = new ScriptedTries()) {
  const call = callAtDesk({ phone: PHONE, customer: maria, ...options });
  return { call, tries, identity: new CallerIdentity({ call, tries, metrics: new Metrics() }) };
}

describe('attestation', () => {
  test('is full for one verdict and no other', () => {
    expect(STIR_VERDICTS.filter(isAttested)).toEqual(['TN-Validation-Passed-A']);
    for (const odd of ['tn-validation-passed-a', ' TN-Validation-Passed-A', 'A', '', null])
      expect(isAttested(odd)).toBe(false);
  });

  test('proves to be the one customer with the number, and lets the name be said', async () => {
    const { call, identity } = identified({ stir: 'TN-Validation-Passed-A' });
    expect(await identity.firstName()).toBe('Maria');
    expect(await identity.customerId()).toBe(1);
    expect(call.session.data.verified).toEqual({ by: 'attestation', customer_id: 1 });
  });

  test('proves nothing without a customer, nor does a customer’s number without it', async () => {
    const nobody = identified({ stir: 'TN-Validation-Passed-A', customer: null });
    const others = STIR_VERDICTS.filter((stir) => !isAttested(stir));
    for (const { call, identity } of [nobody, ...others.map((stir) => identified({ stir }))]) {
      expect(await identity.firstName()).toBeNull();
      expect(await identity.customerId()).toBeNull();
      expect(call.session.data.verified).toBeNull();
    }
  });

  test('that stands in a session is believed only of a number that is attested', async () => {
    const session = { verified: { by: 'attestation', customer_id: 1 } } as const;
    expect(await identified({ session, customer: null }).identity.customerId()).toBeNull();
    expect(await identified({ session, customer: null, attested: true }).identity.customerId()).toBe(1);
  });
});

describe('digits of a VIN', () => {
  test('prove to be the customer, on any of the vehicles, and the session says so', async () => {
    for (const digits of ['0123', '4567']) {
      const { call, identity } = identified();
      expect(await identity.try(digits)).toEqual({ outcome: 'verified' });
      expect(call.session.data).toMatchObject({ verified: { by: 'vin', customer_id: 1 }, vin_tries: 0 });
      expect(await identity.customerId()).toBe(1);
      expect(await identity.firstName()).toBeNull();
    }
  });

  test('are taken three times a call, also right ones after that, and alike from a number of nobody', async () => {
    for (const phone of [PHONE, '+15125550199']) {
      const { call, identity } = identified({ phone });
      expect(await identity.try('9999')).toEqual({ outcome: 'wrong', triesLeft: 2 });
      expect(await identity.try('9998')).toEqual({ outcome: 'wrong', triesLeft: 1 });
      expect(identity.mayTry).toBe(true);
      expect(await identity.try('9997')).toEqual({ outcome: 'refused' });
      expect(identity.mayTry).toBe(false);
      expect(await identity.try('0123')).toEqual({ outcome: 'refused' });
      expect(call.session.data).toMatchObject({ verified: null, vin_tries: 3 });
    }
  });

  test('are three also when they are keyed at the same time', async () => {
    const { identity, tries } = identified();
    const outcomes = await Promise.all(
      ['9999', '9998', '9997', '9996', '0123'].map((code) => identity.try(code)),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'verified')).toEqual([]);
    expect(tries.wrong.get(PHONE)).toBe(3);
  });

  test('go on to be counted after a resume', async () => {
    const { identity } = identified({ session: { vin_tries: 2 } });
    expect(await identity.try('9999')).toEqual({ outcome: 'refused' });
    const proved = identified({ session: { verified: { by: 'vin', customer_id: 1 } }, customer: null });
    expect(await proved.identity.customerId()).toBe(1);
  });

  test(`pause for an hour after ${FREE_WRONG_TRIES} wrong ones, on however many calls, and not for a day`, async () => {
    const tries = new ScriptedTries();
    for (let call = 0; call < 3; call += 1) {
      const { identity } = identified({}, tries);
      for (const code of ['9999', '9998', '9997']) await identity.try(code);
    }
    expect(tries.wrong.get(PHONE)).toBe(FREE_WRONG_TRIES);
    const { identity, call } = identified({}, tries);
    expect(await identity.try('0123')).toEqual({ outcome: 'refused' });
    expect(identity.mayTry).toBe(false);
    expect(call.session.data.verified).toBeNull();
    expect(tries.wrong.get(PHONE)).toBe(FREE_WRONG_TRIES);
    tries.sinceWrongMs = 3_600_000;
    expect(await identified({}, tries).identity.try('0123')).toEqual({ outcome: 'verified' });
    expect(await identified({}, tries).identity.try('9999')).toEqual({ outcome: 'refused' });
  });

  test('on a test call are three of its own: they use up nothing of a real caller’s, and are not held by them', async () => {
    const tries = new ScriptedTries();
    const metrics = new Metrics();
    const callOf = (test: { test?: true }) => {
      const call = callAtDesk({ phone: PHONE, customer: maria, session: test });
      return new CallerIdentity({ call, tries, metrics });
    };
    for (let calls = 0; calls < 5; calls += 1) {
      const identity = callOf({ test: true });
      for (const code of ['9999', '9998']) await identity.try(code);
      expect(await identity.try('9997')).toEqual({ outcome: 'refused' });
      expect(await identity.try('0123')).toEqual({ outcome: 'refused' });
    }
    expect(tries.wrong.size).toBe(0);
    expect((await metrics.vinTries.get()).values).toEqual([]);
    expect(await callOf({}).try('9999')).toEqual({ outcome: 'wrong', triesLeft: 2 });
    tries.wrong.set(PHONE, FREE_WRONG_TRIES);
    expect(await callOf({}).try('0123')).toEqual({ outcome: 'refused' });
    expect(await callOf({ test: true }).try('0123')).toEqual({ outcome: 'verified' });
  });

  test('are not needed of an attested number, whatever was guessed from it', async () => {
    const tries = new ScriptedTries();
    tries.wrong.set(PHONE, 99);
    tries.shop = { lastHour: 999, lastDay: 999 };
    const { identity } = identified({ attested: true }, tries);
    expect(await identity.customerId()).toBe(1);
    expect(await identity.try('9999')).toEqual({ outcome: 'verified' });
  });

  test('are refused of every number alike while the shop has had too many wrong ones', async () => {
    for (const phone of [PHONE, '+15125550199']) {
      const tries = new ScriptedTries();
      tries.shop = { lastHour: 30, lastDay: 30 };
      expect(await identified({ phone }, tries).identity.try('0123')).toEqual({ outcome: 'refused' });
      expect(tries.wrong.size).toBe(0);
    }
  });

  test('say so when the number’s tries end before the call’s tries do', async () => {
    const tries = new ScriptedTries();
    tries.wrong.set(PHONE, FREE_WRONG_TRIES - 2);
    const { identity } = identified({}, tries);
    expect(await identity.try('9999')).toEqual({ outcome: 'wrong', triesLeft: 1 });
    expect(await identity.try('9998')).toEqual({ outcome: 'refused' });
    expect(identity.mayTry).toBe(false);
  });

  test('prove nothing while the database is down, and do not count', async () => {
    const { identity, tries, call } = identified();
    tries.down = true;
    await expect(identity.try('0123')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(call.session.data).toMatchObject({ verified: null, vin_tries: 0 });
    tries.down = false;
    expect(await identity.try('0123')).toEqual({ outcome: 'verified' });
  });

  test.each(['anonymous', 'client:front_office', 'sip:bob@example.com', '+266696687'])(
    'are not taken from %s',
    async (phone) => {
      const { identity, tries } = identified({ phone, customer: null });
      expect(identity.mayTry).toBe(false);
      expect(await identity.try('0123')).toEqual({ outcome: 'refused' });
      expect(tries.wrong.size).toBe(0);
    },
  );
});
