import { checkAudio } from './audio-rules.js';
import { checkOwnEnd, checkTeardown } from './ending-rules.js';
import { checkAdditions, checkLaterCall, checkSilence } from './endurance-rules.js';
import { type Breach, type Finding, gatherFindings } from './finding.js';
import { checkHandshake } from './handshake-rules.js';
import { checkMarks } from './mark-rules.js';
import { checkMessages } from './message-rules.js';
import { CALLS, type CallName, type StreamTrace } from './observation.js';
import { checkInterruptions, checkTail } from './turn-rules.js';

/** What was seen on each call of a run; a call that was left out is absent. */
export type Traces = ReadonlyMap<CallName, StreamTrace>;

/** Every rule over every call of a run. */
export function judge(traces: Traces): Finding[] {
  const calls = CALLS.flatMap((name) => {
    const trace = traces.get(name);
    return trace ? [[name, judgeCall(trace, traces)] as const] : [];
  });
  return gatherFindings(calls);
}

/** The rules that one stream can break by itself. */
export function judgeAlone(trace: StreamTrace): Breach[] {
  return judgeCall(trace, new Map());
}

function judgeCall(trace: StreamTrace, traces: Traces): Breach[] {
  const compared = compare(trace, traces);
  return [
    ...checkHandshake(trace),
    ...checkMessages(trace),
    ...checkAudio(trace),
    ...checkMarks(trace),
    ...checkInterruptions(trace),
    ...checkTeardown(trace),
    ...compared,
    // An end that the comparison has explained is not reported a second time.
    ...(compared.length > 0 ? [] : checkOwnEnd(trace)),
  ];
}

/** The rules that need another call to compare with. */
function compare(trace: StreamTrace, traces: Traces): Breach[] {
  const first = traces.get('first');
  const steady = traces.get('steady');
  const tail = first ? checkTail(first, trace) : { decided: false as const };
  return [
    ...(first && trace.call === 'additions' ? checkAdditions(trace, first) : []),
    ...(steady && trace.call === 'gap' ? checkSilence(trace, steady) : []),
    ...(first ? checkLaterCall(trace, first) : []),
    ...(tail.decided && tail.breach ? [tail.breach] : []),
  ];
}
