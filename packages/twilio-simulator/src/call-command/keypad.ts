/** The part of a terminal's input that a keypad needs; `process.stdin` of a terminal fits. */
export interface KeypadTerminal {
  setRawMode(on: boolean): unknown;
  on(event: 'data', listener: (data: Buffer) => void): unknown;
  off(event: 'data', listener: (data: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const CTRL_C = '\u0003';

/**
 * The keyboard as a telephone's keypad: 0-9, * and # are pressed at once, q and Ctrl-C hang up. Returns what gives
 * the keyboard back.
 */
export function openKeypad(
  terminal: KeypadTerminal,
  press: (key: string) => void,
  hangUp: () => void,
): () => void {
  const onData = (data: Buffer) => {
    for (const key of data.toString('utf8')) {
      if (/^[0-9*#]$/.test(key)) press(key);
      if (key === 'q' || key === CTRL_C) hangUp();
    }
  };
  terminal.setRawMode(true);
  terminal.on('data', onData);
  terminal.resume();
  return () => {
    terminal.off('data', onData);
    terminal.setRawMode(false);
    terminal.pause();
  };
}
