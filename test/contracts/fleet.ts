import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallEvent, Fleet } from '../../src/line/fleet.js';
import { TestMember } from '../support/fleet-member.js';
import { randomCallSid } from '../support/test-redis.js';

/** What a watcher was told: of which call, whether it was new, and what is known of it. */
export function noteOf(event: CallEvent, isFirst: boolean): string {
  if (event.type === 'ended') return `ended ${event.callSid}`;
  if (event.type === 'words') return `${event.callSid} says ${event.text}`;
  return `${isFirst ? 'new' : 'changed'} ${event.session.call_sid} ${event.session.intent}`;
}

/** What a fleet does for the gateway that is in it, whatever it stands on. */
export function describeFleet(name: string, open: () => Promise<Fleet>): void {
  describe(`${name} as a fleet`, () => {
    let fleet: Fleet;
    let self: TestMember;
    beforeEach(async () => {
      fleet = await open();
      self = new TestMember();
      fleet.join(self);
    });
    afterEach(() => fleet.close());

    it('lists the live calls, each with its session, and nothing when there are none', async () => {
      expect(await fleet.liveCalls()).toEqual({ sessions: [], isPartial: false });
      const sessions = [self.begin(), self.begin()];
      fleet.liveChanged();
      expect(await fleet.liveCalls()).toEqual({ sessions, isPartial: false });
      for (const { call_sid } of sessions) self.end(call_sid);
      fleet.liveChanged();
      expect(await fleet.liveCalls()).toEqual({ sessions: [], isPartial: false });
    });

    it('tells whoever watches of every call, then of every change, in the same turn', () => {
      const { call_sid: one } = self.begin();
      const told: string[] = [];
      const stop = fleet.watch((event, isFirst) => told.push(noteOf(event, isFirst)));
      const { call_sid: two } = self.begin();
      self.change(one, { intent: 'shop_info' });
      self.end(one);
      const later: string[] = [];
      const stopLater = fleet.watch((event, isFirst) => later.push(noteOf(event, isFirst)));
      expect(told).toEqual([
        `new ${one} null`,
        `new ${two} null`,
        `changed ${one} shop_info`,
        `ended ${one}`,
      ]);
      expect(later).toEqual([`new ${two} null`]);
      stop();
      self.change(two, { intent: 'talk_to_person' });
      expect(told).toHaveLength(4);
      expect(later.at(-1)).toBe(`changed ${two} talk_to_person`);
      stopLater();
      self.end(two);
      expect(later).toHaveLength(2);
    });

    it('tells what the agent of a live call is saying, and listens to no agent while nobody watches', () => {
      const { call_sid: one } = self.begin();
      const told: string[] = [];
      const stop = fleet.watch((event, isFirst) => told.push(noteOf(event, isFirst)));
      self.say(one, 'Good');
      self.say(one, 'Good morning');
      self.end(one);
      self.say(one, 'Good morning.');
      expect(told.slice(1)).toEqual([`${one} says Good`, `${one} says Good morning`, `ended ${one}`]);
      stop();
      expect(self.isListenedTo).toBe(false);
    });

    it('tells a watcher that comes after all others have left of what is live then', () => {
      const { call_sid: one } = self.begin();
      fleet.watch(() => undefined)();
      self.end(one);
      const { call_sid: two } = self.begin();
      const told: string[] = [];
      fleet.watch((event, isFirst) => told.push(noteOf(event, isFirst)))();
      expect(told).toEqual([`new ${two} null`]);
    });

    it('knows no other gateway that has a call which is not here', async () => {
      expect(await fleet.ask({ about: 'finish', callSid: randomCallSid() })).toBe('gone');
      expect(self.asked).toEqual([]);
    });
  });
}
