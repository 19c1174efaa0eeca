import {
  type Breach,
  type Finding,
  gatherFindings,
} from '../../packages/twilio-simulator/src/conformance/finding.js';
import { judgeAlone } from '../../packages/twilio-simulator/src/conformance/judge.js';
import { isOk, lintJson, lintText } from '../../packages/twilio-simulator/src/lint/lint-report.js';
import { loadRecordings, type RecordedLine, type Recording } from '../recording/recording.js';
import { checkCaller } from './caller-rules.js';
import { traceOf } from './recorded-trace.js';

/** What is said of the option beside those of the simulator's linter. */
export const RECORDING_USAGE = `
       npm run lint:stream -- --recording FILE [--json]

  --recording FILE     holds no call, and checks a recorded one instead: what the server sent, and what it
                       received. A recording of RECORD_DIR, a fixture, or a call saved from the browser phone`;

/** Every rule that one stream by itself can break, in both directions, over the streams of a recorded call. */
export function lintRecordings(streams: readonly Recording[]): Finding[] {
  return gatherFindings(
    streams.map((stream, n): [string, Breach[]] => [
      `stream ${n + 1}`,
      [...judgeAlone(traceOf(stream)), ...checkCaller(stream)],
    ]),
  );
}

/** The command; gives the exit status. `columns`: of the terminal. Throws `BAD_REQUEST` when the file is no recording. */
export async function lintRecordingFile(file: string, json: boolean, columns: number): Promise<number> {
  const streams = await loadRecordings(file);
  const findings = lintRecordings(streams);
  const coverage = { exercised: streams.map(countsOf), missing: [] };
  process.stdout.write(json ? lintJson(findings, coverage) : lintText(findings, coverage, columns));
  return isOk(findings) ? 0 : 1;
}

function countsOf({ lines }: Recording, n: number): string {
  const count = (of: (line: RecordedLine) => unknown) => lines.filter(of).length;
  const sent = (event: string) => count((line) => 'out' in line && line.out.event === event);
  const came = (event: string) => count((line) => 'in' in line && line.in.event === event);
  return `stream ${n + 1}, ${((lines.at(-1)?.t ?? 0) / 1000).toFixed(1)} s: received ${came('media')} frames, ${came('dtmf')} keys, ${came('mark')} marks; sent ${sent('media')} media messages, ${sent('mark')} marks, ${sent('clear')} clears`;
}
