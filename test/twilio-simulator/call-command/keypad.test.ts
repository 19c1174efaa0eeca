import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { openKeypad } from '../../../packages/twilio-simulator/src/call-command/keypad.js';

class Terminal extends PassThrough {
  raw = false;

  setRawMode(on: boolean): this {
    this.raw = on;
    return this;
  }
}

it('presses keys, hangs up on q and Ctrl-C, passes over the rest, and gives the keyboard back', () => {
  const terminal = new Terminal();
  const done: string[] = [];
  const close = openKeypad(
    terminal,
    (key) => done.push(key),
    () => done.push('hang up'),
  );
  expect(terminal.raw).toBe(true);
  terminal.emit('data', Buffer.from('1x#\r'));
  terminal.emit('data', Buffer.from('q'));
  terminal.emit('data', Buffer.from('\u0003'));
  expect(done).toEqual(['1', '#', 'hang up', 'hang up']);
  close();
  expect(terminal.raw).toBe(false);
  expect(terminal.listenerCount('data')).toBe(0);
  expect(terminal.isPaused()).toBe(true);
});
