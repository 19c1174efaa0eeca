import { isJsonObject } from '../json.js';
import {
  amount,
  type Check,
  either,
  flag,
  integer,
  listOf,
  object,
  oneOf,
  type Problem,
  text,
} from '../protocol/shape.js';
import { valueNames } from './captured-values.js';
import type { Moment, Script } from './script.js';
import { expressionOf } from './script-rules.js';

const MOMENTS: readonly Moment[] = [
  'cancel',
  'commit',
  'connect',
  'create',
  'ready',
  'response',
  'speech',
  'truncate',
  'update',
];

const pattern: Check = (value, param) => {
  const problems = text(value, param);
  if (typeof value !== 'string') return problems;
  try {
    expressionOf(value);
    return [];
  } catch {
    const message = `'${param}' is no regular expression: ${value}`;
    return [
      {
        code: 'invalid_value',
        param,
        message,
        hint: 'Escape its special characters, or leave out the slashes.',
      },
    ];
  }
};
const ms = amount(0);
/** An object with whatever fields. */
const anyFields: Check = (value, param) => (isJsonObject(value) ? [] : object({})(value, param));
const captures: Check = (value, param) =>
  isJsonObject(value)
    ? Object.entries(value).flatMap(([name, expression]) => pattern(expression, `${param}.${name}`))
    : anyFields(value, param);
const failure = object({ code: text }, { message: text, type: text });
const pace = {
  chunkMs: integer(20),
  everyMs: ms,
  burst: flag,
  firstAfterMs: ms,
  tokenMs: ms,
  wordsAheadMs: amount(Number.NEGATIVE_INFINITY),
};
const yes = (value: unknown, param: string) => (value === true ? [] : [notTrue(param)]);

/** The actions by their first word, and what each has. */
const ACTIONS: Readonly<Record<string, Check>> = {
  say: object({ say: text }, { ...pace, newItem: flag }),
  text: object({ text }),
  call: object({ call: text }, { arguments: anyFields, half: flag }),
  silence: object({ silence: ms }),
  wait: object({ wait: ms }),
  error: object({ error: failure }),
  fail: object({ fail: failure }),
  stop: object({ stop: oneOf('content_filter', 'max_output_tokens') }),
  close: object({ close: integer(1000, 4999) }, { reason: text }),
  drop: object({ drop: yes }),
  garbage: object({ garbage: text }),
  mute: object({ mute: yes }),
  expire: object({ expire: yes }),
  send: object({ send: anyFields }),
  respond: object({ respond: yes }),
  format: object({ format: oneOf('audio/pcm', 'audio/pcmu') }),
};
/** These are parts of a response, and stand nowhere else. */
const OUTPUT: readonly string[] = ['say', 'text', 'call', 'silence', 'fail', 'stop'];

const action: Check = (value, param) => {
  if (!isJsonObject(value)) return anyFields(value, param);
  const kind = Object.keys(ACTIONS).find((name) => value[name] !== undefined);
  const check = kind === undefined ? undefined : ACTIONS[kind];
  if (check) return check(value, param);
  const message = `No action is called ${
    Object.keys(value)
      .map((name) => `"${name}"`)
      .join(', ') || '""'
  }.`;
  return [
    { code: 'unknown_parameter', param, message, hint: `Use one of: ${Object.keys(ACTIONS).join(', ')}.` },
  ];
};

const when = object(
  {},
  {
    on: oneOf(...MOMENTS),
    turn: integer(1),
    hears: pattern,
    output: text,
    says: pattern,
    item: pattern,
    asked: pattern,
    instructions: pattern,
    response: integer(1),
    session: integer(1),
  },
);

const rule: Check = (value, param) => {
  const problems = object({ do: listOf(action) }, { when, capture: captures, times: integer(1) })(
    value,
    param,
  );
  return problems.length > 0 ? problems : misplaced(value, param);
};

const turn = either(
  text,
  object(
    { says: text },
    { transcript: text, transcriptAfterMs: ms, transcriptFails: flag, interrupts: flag },
  ),
);

const script = object(
  {},
  {
    caller: listOf(turn),
    rules: listOf(rule),
    otherwise: text,
    opening: object({}, { refuse: integer(400, 599), hang: flag, createdAfterMs: ms, times: integer(1) }),
    audio: object({}, pace),
    transcriptAfterMs: ms,
    responseAfterMs: ms,
    cancelAfterMs: ms,
  },
);

/** What is wrong with a script; an empty list when it can be played. */
export function scriptProblems(value: unknown): Problem[] {
  const problems = script(value, '');
  return problems.length > 0 ? problems : missingValues(value);
}

export function isScript(value: unknown): value is Script {
  return scriptProblems(value).length === 0;
}

/** Output where no response is. */
function misplaced(value: unknown, param: string): Problem[] {
  if (!isJsonObject(value) || !isJsonObject(value.when) || !Array.isArray(value.do)) return [];
  const { on } = value.when;
  if (on === undefined || on === 'response') return [];
  return value.do.flatMap((step, index) => {
    const found = isJsonObject(step) ? OUTPUT.find((name) => step[name] !== undefined) : undefined;
    if (found === undefined) return [];
    const message = `"${found}" is part of a response, and on: ${String(on)} is none.`;
    const hint = 'Leave out "on", or use an action that breaks something.';
    return [{ code: 'invalid_value', param: `${param}.do[${index}]`, message, hint }];
  });
}

function notTrue(param: string): Problem {
  return {
    code: 'invalid_value',
    param,
    message: `'${param}' can only be true.`,
    hint: 'Write true, or leave it out.',
  };
}

/** Values that are used and that no rule captures. */
function missingValues(value: unknown): Problem[] {
  const rules = isJsonObject(value) && Array.isArray(value.rules) ? value.rules.filter(isJsonObject) : [];
  const known = new Set(rules.flatMap(({ capture }) => (isJsonObject(capture) ? Object.keys(capture) : [])));
  return rules.flatMap(({ do: steps }, at) =>
    (Array.isArray(steps) ? steps : []).flatMap((step, index) =>
      (isJsonObject(step) ? valueNames([step.say, step.arguments]) : [])
        .filter((name) => !known.has(name))
        .map((name) => notCaptured(name, `rules[${at}].do[${index}]`)),
    ),
  );
}

function notCaptured(name: string, param: string): Problem {
  const message = `No rule captures "$${name}".`;
  const hint = `Add "capture: { ${name}: /an expression/ }" to the rule that hears it.`;
  return { code: 'invalid_value', param, message, hint };
}
