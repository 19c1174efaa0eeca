import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamObserver } from '../../src/twilio/stream-observer.js';
import { PhoneHouse, settle, words } from '../support/phone-house.js';

/** What each stream's observer was told, as one line each; the audio is left out. */
function houseWithTaps() {
  const told: string[][] = [];
  const recorder = {
    open: ({ hop }: { hop: number }): StreamObserver => {
      const lines = [`hop ${hop}`];
      told.push(lines);
      const eventOf = (text: string) => String(JSON.parse(text).event);
      return {
        received: (text) => void lines.push(`in ${eventOf(text)}`),
        sent: (text) => void (eventOf(text) === 'media' || lines.push(`out ${eventOf(text)}`)),
        note: (note) => void (note.note === 'asked' || lines.push(Object.values(note).join(' '))),
        end: (how) => void lines.push(`end ${how}`),
      };
    },
    finished: () => undefined,
  };
  return { house: new PhoneHouse({ recorder }), told };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the observer of a stream', () => {
  it('is told state and speaking once for each change, between the messages', async () => {
    const { house, told } = houseWithTaps();
    house.script = { onStart: (agent) => void agent.control.say([words('one')]) };
    const stream = await house.call();
    house.agent.control.session.change({ intent: 'book_appointment' });
    house.agent.control.session.change({ current_state: 'booking' });
    stream.press('1');
    stream.stop();
    await settle();
    expect(told).toEqual([
      [
        'hop 0',
        'in connected',
        'in start',
        'session greeting false',
        'words one 0 800',
        'session greeting true',
        'session greeting true book_appointment',
        'session booking true',
        'in dtmf',
        'out clear',
        'session booking false',
        'interrupted key 0',
        'in stop',
        'end stopped',
      ],
    ]);
  });

  it('of the newest stream is told, and none that has ended', async () => {
    const { house, told } = houseWithTaps();
    const stream = await house.call();
    stream.socket.lose();
    await settle();
    const next = await house.resume();
    next.stop();
    await settle();
    expect(told).toEqual([
      ['hop 0', 'in connected', 'in start', 'session greeting false', 'end lost'],
      ['hop 1', 'in connected', 'in start', 'session greeting false', 'in stop', 'end stopped'],
    ]);
  });
});
