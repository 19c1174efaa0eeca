import { describe, expect, test } from 'vitest';
import { step } from '../../../src/agents/keypad/keypad-menu.js';
import type { MenuEffect, Step } from '../../../src/agents/keypad/keypad-moves.js';
import {
  CALLBACK_NOTED,
  CONNECTING,
  GOODBYE,
  type MenuContext,
  NOBODY_FREE,
} from '../../../src/agents/keypad/keypad-prompts.js';
import {
  callStateOf,
  keysAreSecret,
  rememberedState,
  sessionChange,
} from '../../../src/agents/keypad/keypad-session.js';
import { begin, resume } from '../../../src/agents/keypad/keypad-start.js';
import type { MenuState } from '../../../src/agents/keypad/keypad-state.js';
import { preparedSentences } from '../../../src/agents/keypad/prepared-sentences.js';
import { CALL_STATES } from '../../../src/sessions/session.js';
import { everyWalk, KEYS, menuContext, tenThousandWalks } from '../../support/menu-walks.js';
import { sessionOf } from '../../support/scripted-call-control.js';

const isOver = (state: MenuState) => state.place.name === 'over';

function sentences(effects: readonly MenuEffect[]): (string | symbol)[] {
  return effects.flatMap((effect) => (effect.do === 'say' ? effect.sentences : []));
}

function words(effects: readonly MenuEffect[]): string {
  return sentences(effects).map(String).join(' ');
}

/** The desk fails at everything that is still asked. */
function settled(state: MenuState, menu: MenuContext): Step {
  let last: Step = { state, effects: [] };
  for (let asked = 0; last.state.waiting && asked < 4; asked += 1) {
    const { ticket } = last.state.waiting;
    last = step(last.state, { type: 'answer', ticket, answer: { kind: 'failed' } }, menu);
  }
  return last;
}

function keyedIn({ place }: MenuState): string | null {
  return place.name === 'vin' ? place.keyed : null;
}

function leftVin(state: MenuState, menu: MenuContext): MenuState {
  const answered = settled(state, menu).state;
  return keyedIn(answered) === null ? answered : step(answered, { type: 'key', key: '#' }, menu).state;
}

describe('on every walk through the menu', () => {
  test('every key leads to words, to a question to the desk or is kept as a digit, until the call is over', () => {
    everyWalk(({ state }, menu) => {
      for (const key of KEYS) {
        const { effects, state: next } = step(state, { type: 'key', key }, menu);
        const leadsOn = effects.some((effect) => effect.do === 'say' || effect.do === 'look_up');
        const isKept = keyedIn(next) === `${keyedIn(state)}${key}` && !state.waiting;
        if ((leadsOn || isKept) === isOver(state)) expect.fail(`key ${key} in ${JSON.stringify(state)}`);
      }
    });
  });

  test('0 leads to a person or the honest sentence, after what is being written at the latest', () => {
    everyWalk(({ state }, menu) => {
      if (isOver(state)) return;
      // Where digits are keyed, 0 is one of them, and the pound key leads out.
      const before = keyedIn(state) === null ? state : leftVin(state, menu);
      const pressed = step(before, { type: 'key', key: '0' }, menu);
      const last = pressed.state.waiting ? settled(pressed.state, menu) : pressed;
      expect(words(last.effects)).toContain(menu.shop.canTransfer ? CONNECTING : NOBODY_FREE);
      expect(last.effects.some((effect) => effect.do === 'transfer')).toBe(menu.shop.canTransfer);
      expect(last.state.intent).toBe('talk_to_person');
    });
  });

  test('a caller who presses nothing hears the choices twice more and is then handed over or let go', () => {
    everyWalk((walk, menu) => {
      const asked = settled(walk.state, menu).state;
      // Who was promised a call-back has said all that is needed.
      if (isOver(asked) || asked.place.name === 'callback') return;
      const silent = { type: 'silence' } as const;
      const once = step({ ...asked, silences: 0 }, silent, menu);
      const twice = step(once.state, silent, menu);
      const last = step(twice.state, silent, menu);
      expect(words(once.effects)).not.toBe('');
      expect(words(twice.effects)).toBe(words(once.effects));
      expect(last.state.place).toEqual({
        name: 'over',
        as: menu.shop.canTransfer ? 'transferring' : 'completed',
      });
      expect(last.effects.map((effect) => effect.do)).toEqual([
        'say',
        menu.shop.canTransfer ? 'transfer' : 'hang_up',
      ]);
    });
  });

  test('the call is left once, and nothing is said or done after it', () => {
    everyWalk(({ steps, state }, menu) => {
      const end = steps.findIndex((each) => isOver(each.state));
      const doings = steps.map(({ effects }) => effects.map((effect) => effect.do));
      const leaves = doings.flat().filter((what) => what === 'transfer' || what === 'hang_up');
      expect(leaves.length).toBe(end < 0 ? 0 : 1);
      if (end < 0) return;
      expect(doings[end]?.at(-1)).toBe(leaves[0]);
      expect(doings.slice(end + 1).flat()).toEqual([]);
      expect(step(state, { type: 'voice_failed' }, menu).effects).toEqual([]);
    });
  });

  test('nothing is said twice in a row unless a key or a silence asked for it', () => {
    everyWalk(({ steps, events }) => {
      let before = '';
      let asked = false;
      for (const [index, { effects }] of steps.entries()) {
        const said = words(effects);
        asked ||= events[index]?.type !== 'answer';
        if (said === '') continue;
        if (said === before && !asked) expect.fail(`twice: ${said}`);
        before = said;
        asked = false;
      }
    });
  });

  test('one happening brings one utterance, one question and one end at most', () => {
    everyWalk(({ steps }) => {
      for (const { effects } of steps) {
        if (new Set(effects.map((effect) => effect.do)).size < effects.length)
          expect.fail(JSON.stringify(effects));
      }
    });
  });

  test('what is said was prepared before the call, but for times, vehicles and the name', () => {
    everyWalk(({ steps }, menu) => {
      const prepared = new Set<string | symbol>(preparedSentences(menu.shop));
      for (const said of steps.flatMap(({ effects }) => sentences(effects))) {
        const isKnown = typeof said === 'symbol' || said.includes('«') || prepared.has(said);
        if (!isKnown) expect.fail(`not prepared: ${said}`);
      }
    });
  });

  test('what the session calls booked is a row, and is said in words from it', () => {
    everyWalk(({ steps, events }) => {
      const end = steps.findIndex(({ state }) => state.booked !== null);
      if (end < 0) return;
      const { state, effects } = steps[end] ?? begin(menuContext(true));
      const { appointment_id: id, appointment_time: date, service_type } = state.booked ?? {};
      expect(events[end]).toMatchObject({ answer: { appointment: { id, date, service_type } } });
      expect(words(effects)).toContain(`«${date}»`);
    });
  });

  test('a call that ends without a booking leaves no time that looks like one', () => {
    everyWalk(({ state }) => {
      if (callStateOf(state) !== 'completed') return;
      const stands = state.booked !== null || state.changed === 'moved';
      expect(state.time !== null).toBe(stands);
    });
  });

  test('a call-back is promised only to who can be rung and asked for it, and the request stands from then on', () => {
    everyWalk(({ steps, events, state }, menu) => {
      const promise = steps.findIndex((each) => words(each.effects).includes(CALLBACK_NOTED));
      expect(state.callback).toBe(promise >= 0);
      if (promise < 0) return;
      expect(menu.canCallBack).toBe(true);
      const place = steps[promise - 1]?.state.place;
      const inMenu = place?.name === 'menu';
      expect(place).toMatchObject(inMenu ? { callBack: true } : { name: 'unreachable' });
      expect(events[promise]).toEqual({ type: 'key', key: inMenu ? '4' : '2' });
      expect(sessionChange(state, sessionOf())?.collected_data).toMatchObject({ callback_requested: true });
    });
  });

  test('after the promise of a call-back only 1 makes it urgent, and all but 0 and star ends the call', () => {
    everyWalk(({ state }, menu) => {
      if (state.place.name !== 'callback') return;
      for (const key of KEYS.filter((each) => !'0*'.includes(each))) {
        const last = step(state, { type: 'key', key }, menu);
        expect(last.effects.at(-1)).toEqual({ do: 'hang_up' });
        expect(words(last.effects)).toContain(GOODBYE);
        expect(last.state.urgent).toBe(state.urgent || key === '1');
        const kept = sessionChange(last.state, sessionOf())?.collected_data;
        expect(kept?.urgent).toBe(last.state.urgent ? true : undefined);
      }
      expect(step(state, { type: 'silence' }, menu).effects.at(-1)).toEqual({ do: 'hang_up' });
    });
  });

  test('an appointment is moved or cancelled only as it was read back, by the key that says so', () => {
    everyWalk(({ steps, events }) => {
      for (const [index, { effects, state }] of steps.entries()) {
        const asked = effects.flatMap((effect) => (effect.do === 'look_up' ? [effect.lookup] : []))[0];
        if (asked?.kind !== 'move' && asked?.kind !== 'cancel') continue;
        const place = steps[index - 1]?.state.place;
        // Asked again after a failure, or whether one that is gone was cancelled by this call.
        if (place?.name === 'unreachable') continue;
        expect(events[index]).toEqual({ type: 'key', key: '1' });
        expect(place?.name).toBe(asked.kind === 'move' ? 'confirm' : 'cancel');
        expect(asked).toMatchObject({ appointmentId: state.chosen?.id, toldTime: state.chosen?.date });
        const read =
          asked.kind === 'move' ? `would move to on «${asked.startsAt}»` : `on «${asked.toldTime}»`;
        expect(
          steps
            .slice(0, index)
            .map((each) => words(each.effects))
            .join(' '),
        ).toContain(read);
      }
    });
  });

  test('what the session calls moved or cancelled is so, and is said in words from its row', () => {
    everyWalk(({ steps, events }) => {
      const end = steps.findIndex(({ state }) => state.changed !== null);
      if (end < 0) return;
      const { state, effects } = steps[end] ?? begin(menuContext(true));
      const { changed, chosen } = state;
      expect(events[end]).toMatchObject({ answer: { kind: changed, appointment: { id: chosen?.id } } });
      expect(words(effects)).toContain(`«${chosen?.date}»`);
      expect(words(effects)).toContain(changed === 'moved' ? 'has been moved.' : 'has been cancelled.');
    });
  });

  test('of appointments nothing is said before the desk has listed them for the caller who is verified', () => {
    everyWalk(({ steps, events }) => {
      const first = steps.findIndex(({ state }) => state.place.name === 'appointments');
      if (first < 0) return;
      expect(events[first]).toMatchObject({ type: 'answer', answer: { kind: 'appointments' } });
    });
  });

  test('services that the shop has are offered eight to a page, and each can be reached', () => {
    everyWalk(({ state }, menu) => {
      if (state.place.name !== 'service' || state.waiting) return;
      let at = step({ ...state, place: { name: 'service', page: 0 } }, { type: 'key', key: '*' }, menu);
      for (const [index, { choice }] of menu.shop.services.entries()) {
        if (index > 0 && index % 8 === 0) at = step(at.state, { type: 'key', key: '9' }, menu);
        expect(words(at.effects).toLowerCase()).toContain(`${choice.toLowerCase()}, `);
        const { service } = step(at.state, { type: 'key', key: String((index % 8) + 1) }, menu).state;
        expect(service).toBe(menu.shop.services[index]?.type);
      }
    });
  });

  test('a booking is asked for only after its place was kept and its time read back', () => {
    everyWalk(({ steps }) => {
      const effects = steps.flatMap((each) => each.effects);
      for (const [index, effect] of effects.entries()) {
        if (effect.do !== 'look_up' || effect.lookup.kind !== 'book') continue;
        const { startsAt } = effect.lookup;
        const before = effects.slice(0, index);
        const kept = before.findLast((each) => each.do === 'look_up' && each.lookup.kind === 'hold');
        expect(kept).toMatchObject({ lookup: { startsAt } });
        expect(words(before)).toContain(`would be on «${startsAt}»`);
      }
    });
  });

  test('four digits are asked about as they were keyed, from the first after the prompt', () => {
    everyWalk(({ state }, menu) => {
      if (keyedIn(state) === null || state.waiting) return;
      for (const again of ['*', 'A', null]) {
        const event =
          again === null ? ({ type: 'silence' } as const) : ({ type: 'key', key: again } as const);
        const prompted = step({ ...state, silences: 0 }, event, menu);
        expect(words(prompted.effects)).toContain('the last four digits');
        const keyed = [...'0970'].map((key) => ({ type: 'key', key }) as const);
        let last = prompted;
        for (const digit of keyed) last = step(last.state, digit, menu);
        expect(last.effects).toMatchObject([{ do: 'look_up', lookup: { kind: 'verify', digits: '0970' } }]);
      }
    });
  });

  test('what is keyed to prove who calls is secret, and stands neither in the session nor in what is said', () => {
    everyWalk(({ state }, menu) => {
      if (keyedIn(state) === null || state.waiting) return;
      let last: Step = { state: { ...state, place: { name: 'vin', keyed: '' } }, effects: [] };
      for (const key of '8642') {
        expect(keysAreSecret(last.state)).toBe(true);
        last = step(last.state, { type: 'key', key }, menu);
        expect(words(last.effects)).toBe('');
        expect(JSON.stringify(sessionChange(last.state, sessionOf()))).not.toMatch(/8642|864|86/);
      }
      expect(keysAreSecret(last.state)).toBe(true);
      for (const kind of ['failed', 'not_identified'] as const) {
        const { ticket } = last.state.waiting ?? { ticket: -1 };
        const told = step(last.state, { type: 'answer', ticket, answer: { kind } }, menu);
        expect(words(told.effects)).not.toMatch(/8642/);
        expect(JSON.stringify(sessionChange(told.state, sessionOf()))).not.toMatch(/8642/);
      }
    });
  });

  test('a break while digits are keyed leads to the question again', () => {
    everyWalk(({ state }, menu) => {
      if (keyedIn(state) === null) return;
      const session = sessionOf(sessionChange(state, sessionOf()) ?? {});
      expect(resume(session, menu, true).state.waiting?.lookup).toMatchObject({ kind: 'list' });
    });
  });

  test('an answer that comes too late changes nothing', () => {
    everyWalk(({ state }, menu) => {
      const stale = { type: 'answer', ticket: state.tickets - 1, answer: { kind: 'taken' } } as const;
      expect(step(state, stale, menu)).toEqual({ state, effects: [] });
    });
  });

  test('a failing voice hands the call over without a word', () => {
    everyWalk(({ state }, menu) => {
      if (isOver(state)) return;
      const { effects } = step(state, { type: 'voice_failed' }, menu);
      expect(effects).toEqual([{ do: 'transfer' }]);
    });
  });

  test('the state is plain JSON', () => {
    everyWalk(({ state }) => {
      expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    });
  });

  test('the session tells what is collected and where to go on after a break', () => {
    everyWalk(({ state }, menu) => {
      const session = sessionOf(sessionChange(state, sessionOf()) ?? {});
      expect(CALL_STATES).toContain(session.current_state);
      expect(sessionChange(state, session)).toBeNull();
      const vehicle = state.vehicle && { id: state.vehicle.id, name: null };
      const chosen = state.chosen && { id: state.chosen.id, date: null };
      const { service, time, intent, callback, changed, urgent } = state;
      const kept = { service, time, intent, vehicle, callback, chosen, changed, urgent };
      expect(rememberedState(session, () => true)).toMatchObject(kept);
      expect(words(resume(session, menu, true).effects)).toMatch(/^Sorry, we were cut off\./);
    });
  });
});

test('ten thousand walks reach every place, every question and every end', () => {
  const seen = new Set<string>();
  tenThousandWalks(({ steps }) => {
    for (const { state } of steps) {
      seen.add(state.place.name === 'over' ? state.place.as : state.place.name);
      if (state.waiting) seen.add(`${state.waiting.lookup.kind}?`);
      if (state.waiting?.wantsPerson) seen.add('a person after the writing');
      if (state.callback) seen.add(state.urgent ? 'an urgent one' : 'a call-back');
      if (state.changed) seen.add(state.changed);
      if (state.place.name === 'service' && state.place.page > 0) seen.add('second page');
      if (state.place.name === 'over' && state.booked !== null) seen.add('booked');
    }
  });
  const places = ['menu', 'vin', 'service', 'vehicle', 'times', 'no_times', 'confirm', 'unreachable'];
  const more = ['appointments', 'cancel', 'callback', 'second page'];
  const questions = ['identify?', 'list?', 'verify?', 'find?', 'hold?', 'book?', 'move?', 'cancel?'];
  const ends = ['completed', 'transferring', 'booked', 'moved', 'cancelled', 'a call-back', 'an urgent one'];
  const late = 'a person after the writing';
  expect([...seen].sort()).toEqual([...places, ...more, ...questions, ...ends, late].sort());
});
