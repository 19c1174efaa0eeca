import { LineCounter, parseDocument } from 'yaml';
import { RealtimeSimulatorError } from '../error.js';
import type { Script } from './script.js';
import { isScript, scriptProblems } from './script-checks.js';

/**
 * A script that is written in YAML (or JSON, which is YAML). `name` is its file. Throws a `BAD_SCRIPT` error that names the line of the first
 * fault, and what may stand there.
 */
export function readScript(yaml: string, name = 'script'): Script {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault) {
    const [sentence = fault.message] = fault.message.split(/ at line \d+/, 1);
    throw badScript(name, fault.linePos?.[0].line ?? 1, `${sentence}. Correct the YAML there.`);
  }
  const value: unknown = document.toJS() ?? {};
  if (isScript(value)) return value;
  const [problem] = scriptProblems(value);
  const line = lineOf(document, problem?.param ?? '', lines);
  throw badScript(name, line, `${problem?.message ?? 'No script.'} ${problem?.hint ?? ''}`);
}

function badScript(name: string, line: number, sentence: string): RealtimeSimulatorError {
  return new RealtimeSimulatorError('BAD_SCRIPT', `${name}:${line}: ${sentence}`);
}

/** The line of the value at `param`, or of the nearest one around it when it is missing. */
function lineOf(document: ReturnType<typeof parseDocument>, param: string, lines: LineCounter): number {
  const path = param.split(/[.[\]]+/).filter((part) => part !== '');
  for (let length = path.length; length >= 0; length--) {
    const keys = path.slice(0, length).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
    const node: unknown = document.getIn(keys, true);
    if (hasRange(node)) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function hasRange(node: unknown): node is { range: [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
