import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FleetView } from '../../src/line/fleet-view.js';
import type { Session } from '../../src/sessions/session.js';
import { runs } from '../support/property-runs.js';
import { newSession } from '../support/sample-session.js';

const GATEWAYS = ['us', 'one', 'other'] as const;
const CALLS = ['CA1', 'CA2', 'CA3'] as const;
type Gateway = (typeof GATEWAYS)[number];

/** Which gateway has which call, and what was said of it on the way to who watches. */
class Shop {
  readonly calls = new Map<string, { gateway: Gateway; session: Session }>();
  readonly view: FleetView;
  readonly seen = new Map<string, Session>();
  /** Twilio gives no CallSid twice. */
  readonly #over = new Set<string>();
  readonly #onTheWay = new Map<Gateway, (() => void)[]>(GATEWAYS.map((gateway) => [gateway, []]));

  constructor() {
    const sessions = () => this.sessionsOf('us');
    this.view = new FleetView('us', {
      get liveSessions() {
        return sessions();
      },
      watchWords: () => () => undefined,
    });
    this.view.watch((event) => {
      if (event.type === 'session') this.seen.set(event.session.call_sid, event.session);
      else if (event.type === 'ended') this.seen.delete(event.callSid);
    });
  }

  sessionsOf(of: Gateway): Session[] {
    return [...this.calls.values()].flatMap(({ gateway, session }) => (gateway === of ? [session] : []));
  }

  /** A call begins, changes, or goes on at another gateway. */
  live(gateway: Gateway, callSid: string, isLost: boolean): void {
    if (this.#over.has(callSid)) return;
    const before = this.calls.get(callSid);
    const resumes = (before?.session.resumes ?? 0) + (before && before.gateway !== gateway ? 1 : 0);
    const interruptions = (before?.session.interruptions ?? 0) + 1;
    const session = newSession({ call_sid: callSid, resumes, interruptions });
    this.calls.set(callSid, { gateway, session });
    this.#say(gateway, isLost, { sessions: [session], ended: [] });
  }

  end(callSid: string, isLost: boolean): void {
    const call = this.calls.get(callSid);
    this.calls.delete(callSid);
    this.#over.add(callSid);
    if (call) this.#say(call.gateway, isLost, { sessions: [], ended: [callSid] });
  }

  arrive(gateway: Gateway): void {
    this.#onTheWay.get(gateway)?.shift()?.();
  }

  /** All that is under way arrives, and we find out which calls go on elsewhere; then each gateway tells of all its calls, as it does when a watcher begins. */
  settle(): void {
    for (const messages of this.#onTheWay.values()) for (const deliver of messages.splice(0)) deliver();
    for (const callSid of CALLS)
      if (this.calls.get(callSid)?.gateway !== 'us') this.view.ours({ type: 'ended', callSid });
    for (const gateway of ['one', 'other'] as const) {
      const sessions = this.sessionsOf(gateway);
      this.view.theirs({ gateway, sessions, ended: [], callSids: new Set(sessions.map((s) => s.call_sid)) });
    }
  }

  // Ours are told in the same turn and never lost; what one gateway publishes keeps its order.
  #say(gateway: Gateway, isLost: boolean, said: { sessions: Session[]; ended: string[] }): void {
    if (gateway !== 'us') {
      if (!isLost) this.#onTheWay.get(gateway)?.push(() => this.view.theirs({ gateway, ...said }));
      return;
    }
    for (const session of said.sessions) this.view.ours({ type: 'session', session });
    for (const callSid of said.ended) this.view.ours({ type: 'ended', callSid });
  }
}

it('whoever watches ends up knowing the calls as they are, whatever was lost or late', () => {
  const act = fc.record({
    what: fc.constantFrom('live', 'live', 'end', 'arrive', 'arrive'),
    gateway: fc.constantFrom(...GATEWAYS),
    callSid: fc.constantFrom(...CALLS),
    isLost: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const shop = new Shop();
      for (const { what, gateway, callSid, isLost } of acts) {
        if (what === 'live') shop.live(gateway, callSid, isLost);
        else if (what === 'end') shop.end(callSid, isLost);
        else shop.arrive(gateway);
      }
      shop.settle();
      const truth = new Map([...shop.calls].map(([callSid, { session }]) => [callSid, session]));
      expect(new Map([...shop.seen].sort())).toEqual(new Map([...truth].sort()));
    }),
    { numRuns: runs(1000) },
  );
});
