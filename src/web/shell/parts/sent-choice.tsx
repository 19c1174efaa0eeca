import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { sentenceFor } from '../api.js';
import type { Work } from '../work.js';
import { Choice, type ChoiceProps } from './choice.js';
import { announce } from './toast.js';

/** The arrow keys pass over choices that nobody means. */
const PAUSE_MS = 400;

interface SentChoiceProps<T extends string> extends Omit<ChoiceProps<T>, 'onChoose'> {
  readonly work: Work;
  /** Throws the gateway's refusal: then `value` is chosen again. */
  readonly send: (value: T) => Promise<unknown>;
  /** What is said when it was done. */
  readonly done?: (value: T) => string;
}

/** A choice that is sent when it stays for a moment, or when it is taken away; it has the focus meanwhile, and other keys go on from what is chosen. */
export function SentChoice<T extends string>({
  value,
  work,
  send,
  done = () => '',
  ...choice
}: SentChoiceProps<T>) {
  /** Null: what is stored. */
  const chosen = useSignal<T | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const wait = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(() => void settle(), PAUSE_MS);
  };
  const settle = async () => {
    timer.current = null;
    const settled = chosen.peek();
    if (settled === null) return;
    // One after the other, so that the last one stays.
    if (work.isBusy.peek()) return wait();
    await work.run(() => send(settled), done(settled));
    if (chosen.peek() === settled) chosen.value = null;
  };
  const leave = useRef(() => {});
  leave.current = () => {
    const left = chosen.peek();
    if (timer.current === null || left === null) return;
    clearTimeout(timer.current);
    send(left).then(
      () => done(left) !== '' && announce(done(left)),
      (error) => announce(sentenceFor(error), { isFault: true }),
    );
  };
  useEffect(() => () => leave.current(), []);
  return (
    <Choice
      {...choice}
      value={chosen.value ?? value}
      onChoose={(next) => {
        chosen.value = next;
        wait();
      }}
    />
  );
}
