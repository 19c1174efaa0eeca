import { sentenceCase } from '../shell/format.js';

interface CallStep {
  readonly name: string;
  readonly is: 'passed' | 'now' | 'ahead';
}

const USUAL = ['greeting', 'collecting_info', 'booking', 'confirmation', 'completed'];
const NAMES: Readonly<Record<string, string>> = {
  greeting: 'Greeting',
  collecting_info: 'Details',
  booking: 'Time',
  confirmation: 'Confirm',
  completed: 'Done',
  transferring: 'Person',
};

/** The way of a call as steps: the usual one, with the person at its end when one is rung. */
export function stepsOf(now: string, passed: readonly string[]): readonly CallStep[] {
  const isTransfer = now === 'transferring' || passed.includes('transferring');
  const usual = isTransfer ? USUAL.with(-1, 'transferring') : USUAL;
  const steps = usual.includes(now) ? usual : [...usual.slice(0, -1), now];
  return steps.map((state) => ({
    name: NAMES[state] ?? sentenceCase(state),
    is: state === now ? 'now' : passed.includes(state) ? 'passed' : 'ahead',
  }));
}
