import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallEvent } from '../../src/line/call-watchers.js';
import { SORRY_CONNECTING } from '../../src/line/incoming-call.js';
import { NO_SIBLINGS, type Sibling, type Siblings } from '../../src/line/siblings.js';
import { expectNothingLeft, PhoneHouse, settle, tokenOf } from '../support/phone-house.js';
import { callSidOf } from '../support/stream-messages.js';

/** Siblings that do what a test tells them, and keep what they were told. */
class ToldSiblings implements Siblings {
  readonly worker = 1;
  readonly tokenSecret = undefined;
  areLeaving = false;
  hasPlace = true;
  next: string | null = null;
  isTheirs = false;
  self: Sibling | null = null;
  readonly told: string[] = [];

  join(self: Sibling): void {
    this.self = self;
  }
  async admit(callSid: string): Promise<boolean> {
    this.#tell('admit', callSid);
    return this.hasPlace;
  }
  coming = (callSid: string) => this.#tell('coming', callSid);
  notComing = (callSid: string) => this.#tell('not coming', callSid);
  left = (callSid: string) => this.#tell('left', callSid);
  started = ({ callSid, hop }: { callSid: string; hop: number }) => this.#tell(`started ${hop}`, callSid);
  liveElsewhere = NO_SIBLINGS.liveElsewhere;
  watchElsewhere = NO_SIBLINGS.watchElsewhere;
  metricsText = NO_SIBLINGS.metricsText;
  async nextElsewhere(form: { callSid: string }): Promise<string | null> {
    this.#tell('next?', form.callSid);
    return this.next;
  }
  async finishElsewhere(callSid: string): Promise<boolean> {
    this.#tell('finish?', callSid);
    return this.isTheirs;
  }

  #tell(what: string, callSid: string): void {
    this.told.push(`${what} ${Number.parseInt(callSid.slice(2), 16)}`);
  }
}

describe('a phone line with siblings', () => {
  let siblings: ToldSiblings;
  let house: PhoneHouse;
  beforeEach(() => {
    vi.useFakeTimers();
    siblings = new ToldSiblings();
    house = new PhoneHouse({ siblings });
  });
  afterEach(() => vi.useRealTimers());

  it('tells them which calls have places: on their way, live, gone', async () => {
    const stream = await house.call(1);
    stream.stop();
    await settle();
    expect(siblings.told).toEqual(['admit 1', 'coming 1', 'started 0 1', 'left 1']);
    await expectNothingLeft(house);
  });

  it('turns a call away for which they have no place, whatever places it has itself', async () => {
    siblings.hasPlace = false;
    expect(await house.voice(1)).toContain(SORRY_CONNECTING);
    expect(siblings.told).toEqual(['admit 1', 'not coming 1']);
    expect(house.line.invitations.pendingCount).toBe(0);
  });

  it('offers a broken stream again without asking for a place', async () => {
    const stream = await house.call(1);
    stream.socket.lose();
    siblings.hasPlace = false;
    await house.resume(1);
    expect(siblings.told.slice(3)).toEqual(['left 1', 'coming 1', 'coming 1', 'started 1 1']);
    expect(house.agent.events[0]).toBe('start true');
  });

  it('asks them what is next for a call that it does not know, and answers itself when none knows', async () => {
    const { line } = house;
    siblings.next = '<Response>theirs</Response>';
    expect(await line.next(house.form(1, { callStatus: 'in-progress' }), 0)).toBe(siblings.next);
    await line.over(callSidOf(1));
    await house.call(2);
    expect(await line.next(house.form(2, { callStatus: 'in-progress' }), 0)).toContain('<Stream');
    siblings.next = null;
    expect(await line.next(house.form(3, { callStatus: 'in-progress' }), 0)).toContain('<Stream');
    expect(siblings.told.filter((what) => what.includes('?'))).toEqual(['next? 1', 'finish? 1', 'next? 3']);
  });

  it('answers them for calls that it knows, and ends those, not others', async () => {
    const { self } = siblings;
    await house.call(1);
    expect([self?.load, self?.liveSessions.length]).toEqual([1, 1]);
    expect(await self?.next(house.form(2), 0)).toBeNull();
    expect(await self?.finish(callSidOf(2))).toBe(false);
    expect(await self?.next(house.form(1, { callStatus: 'in-progress' }), 0)).toContain('<Stream');
    expect(await self?.finish(callSidOf(1))).toBe(true);
    await settle();
    expect(house.recorded).toHaveLength(1);
    expect(await self?.next(house.form(1, { callStatus: 'in-progress' }), 0)).toContain('<Hangup/>');
    await settle(10_000);
    await expectNothingLeft(house);
  });

  it('has a call no more whose newer stream they have, and tells nobody that it ended', async () => {
    const events: CallEvent['type'][] = [];
    const stream = await house.call(1);
    await house.call(2);
    house.line.registry.watch(({ type }) => events.push(type));
    stream.socket.lose();
    siblings.self?.movedOn({ callSid: callSidOf(1), hop: 1 });
    // An older stream takes nothing from a newer one.
    siblings.self?.movedOn({ callSid: callSidOf(2), hop: 0 });
    await settle(61_000);
    expect(events).not.toContain('ended');
    expect(house.line.registry.knows(callSidOf(1))).toBe(false);
    expect(house.line.registry.knows(callSidOf(2))).toBe(true);
    expect(house.recorded).toEqual([]);
    expect(await house.session(1)).not.toBeNull();
  });

  it('waits no longer for a stream that has come to one of them', async () => {
    await house.voice(1);
    expect(house.line.invitations.pendingCount).toBe(1);
    siblings.self?.movedOn({ callSid: callSidOf(1), hop: 0 });
    expect(house.line.invitations.pendingCount).toBe(0);
  });

  it('lets in a stream that another has invited only while all of them drain', async () => {
    const other = new PhoneHouse({}, house);
    const token = tokenOf(await other.voice(1));
    expect(house.line.mayEnter(token)).toBe(true);
    house.line.phase = 'draining';
    expect(house.line.mayEnter(token)).toBe(false);
    siblings.areLeaving = true;
    expect(house.line.mayEnter(token)).toBe(true);
    expect(house.line.mayEnter('of-nobody')).toBe(false);
    house.line.phase = 'closing';
    expect(house.line.mayEnter(token)).toBe(false);
  });
});
