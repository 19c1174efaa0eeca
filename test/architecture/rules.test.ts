import { afterAll, describe, expect, test } from 'vitest';
import { oneMeaningEach, RULES, type Violation } from './rules.js';
import { SourceReader } from './source-facts.js';

const reader = new SourceReader();
afterAll(() => reader.close());

/** Every fault that a rule finds in planted sources, as `file:line rule`; one plants the same text in several files, so names may repeat. */
function faults(sources: Record<string, string>): string[] {
  return violations(sources).map(({ file, line, rule }) => `${file}:${line} ${rule}`);
}

function violations(sources: Record<string, string>): Violation[] {
  const facts = reader.read(sources);
  return RULES.filter(({ check }) => check !== oneMeaningEach).flatMap((rule) => rule.check(facts));
}

const nothing = 'export {};\n';
const body = (lines: number) => 'let a = 0;\n'.repeat(lines);

describe('one way down', () => {
  test('lower floors and the own room are open', () => {
    const sources = {
      'src/main.ts': "import './gateway.js';\nimport '../tools/call/call.js';\n",
      'src/gateway.ts': "import './calls/call.js';\nimport './config.js';\n",
      'src/calls/call.ts': "import type { Agent } from '../agents/agent.js';\nimport './stream-ended.js';\n",
      'src/calls/stream-ended.ts': "import '../core/errors.js';\n",
      'src/agents/agent.ts': "import type { Session } from '../sessions/session.js';\n",
      'src/sessions/session.ts': nothing,
      'src/config.ts': "import './core/errors.js';\n",
      'src/core/errors.ts': nothing,
      'tools/call/call.ts': nothing,
    };
    expect(faults(sources)).toEqual(['src/main.ts:2 one way down']);
  });

  test.each([
    ['a static import', "\nimport { call } from '../calls/call.js';\n", 2],
    ['an import for its effect', "import '../calls/call.js';\n", 1],
    ['a type-only import', "import type { Call } from '../calls/call.js';\n", 1],
    ['a re-export', "\n\nexport { call } from '../calls/call.js';\n", 3],
    ['a re-export of a type', "export type { Call } from '../calls/call.js';\n", 1],
    ['a dynamic import', "export const late = () =>\n  import('../calls/call.js');\n", 2],
    ['an import inside a type', "export type C = import('../calls/call.js').Call;\n", 1],
  ])('%s of a higher floor is a fault, with its line', (_, text, line) => {
    const sources = { 'src/agents/echo-agent.ts': text, 'src/calls/call.ts': nothing };
    expect(faults(sources)).toEqual([`src/agents/echo-agent.ts:${line} one way down`]);
  });

  test('an import that stands in a comment or a string is none', () => {
    const text = "// import '../calls/call.js';\nexport const text = \"import '../calls/call.js'\";\n";
    expect(faults({ 'src/agents/agent.ts': text, 'src/calls/call.ts': nothing })).toEqual([]);
  });

  test('rooms of one floor do not import each other', () => {
    const sources = {
      'src/customers/customer.ts': "import '../sessions/session.js';\n",
      'src/sessions/session.ts': nothing,
    };
    expect(faults(sources)).toEqual(['src/customers/customer.ts:1 one way down']);
    expect(violations(sources)[0]?.message).toContain('beside it on the same floor');
  });

  test('the simulator uses nothing of the gateway, the tools use both, and the gateway uses neither', () => {
    const sources = {
      'packages/twilio-simulator/src/caller.ts': "import '../../../src/twilio/messages.js';\n",
      'tools/call/call.ts':
        "import '../../packages/twilio-simulator/src/caller.js';\nimport '../../src/gateway.js';\n",
      'src/agents/agent.ts': "import '../../packages/twilio-simulator/src/caller.js';\n",
      'src/gateway.ts': nothing,
      'src/line/phone-line.ts': "import '../../tools/call/call.js';\n",
      'src/twilio/messages.ts': nothing,
    };
    expect(faults(sources)).toEqual([
      'packages/twilio-simulator/src/caller.ts:1 one way down',
      'src/agents/agent.ts:1 one way down',
      'src/line/phone-line.ts:1 one way down',
    ]);
  });

  test('the web page is served, not imported, and a new room needs a floor', () => {
    const sources = {
      'src/server/app.ts': "import '../web/main.js';\n",
      'src/lobby/door.ts': nothing,
    };
    expect(faults(sources)).toEqual(['src/lobby/door.ts:1 one way down', 'src/server/app.ts:1 one way down']);
  });

  test('the web page has its own files, pure audio code and its own packages, and nothing of Node', () => {
    const text =
      "import './app.js';\nimport '../audio/mulaw.js';\nimport 'preact';\nimport '../sessions/session.js';\nimport 'node:fs';\nimport 'zod';\n";
    const sources = {
      'src/audio/mulaw.ts': nothing,
      'src/sessions/session.ts': nothing,
      'src/web/app.tsx': "import './main.js';\n",
      'src/web/main.tsx': text,
    };
    expect(faults(sources)).toEqual([
      'src/web/main.tsx:4 one way down',
      'src/web/app.tsx:1 no rings',
      'src/web/main.tsx:5 packages in their rooms',
      'src/web/main.tsx:6 packages in their rooms',
    ]);
  });
});

describe('the types of the API', () => {
  test('are all that the web page has of the operations, and of other routes it has nothing', () => {
    const sources = {
      'src/server/routes/calls.ts': nothing,
      'src/server/routes/operation.ts': nothing,
      'src/server/server.ts': nothing,
      'src/web/main.ts':
        "import type { AnswerOf } from '../server/routes/operation.js';\nimport type { CALLS } from '../server/routes/calls.js';\nimport { SOME } from '../server/routes/calls.js';\nimport { type OTHER } from '../server/routes/calls.js';\nimport type { ServerParts } from '../server/server.js';\n",
    };
    expect(faults(sources)).toEqual([
      'src/web/main.ts:3 one way down',
      'src/web/main.ts:4 one way down',
      'src/web/main.ts:5 one way down',
    ]);
  });
});

describe('rings and barrels', () => {
  test('a ring of types through three files is reported once, with the way round', () => {
    const sources = {
      'src/calls/a.ts': "import '../core/errors.js';\nimport type { B } from './b.js';\n",
      'src/calls/b.ts': "import type { C } from './c.js';\n",
      'src/calls/c.ts': "import type { A } from './a.js';\n",
      'src/core/errors.ts': nothing,
    };
    expect(faults(sources)).toEqual(['src/calls/a.ts:2 no rings']);
    expect(violations(sources)[0]?.message).toContain(
      'src/calls/a.ts -> src/calls/b.ts -> src/calls/c.ts -> src/calls/a.ts',
    );
  });

  test('two ways to the same file are no ring', () => {
    const sources = {
      'src/calls/a.ts': "import './b.js';\nimport './c.js';\n",
      'src/calls/b.ts': "import './c.js';\n",
      'src/calls/c.ts': nothing,
    };
    expect(faults(sources)).toEqual([]);
  });

  test('only src/index.ts may be an index or pass everything on', () => {
    const sources = {
      'src/index.ts': "export * from './sessions/session.js';\n",
      'src/sessions/index.ts': nothing,
      'src/sessions/session.ts': "\nexport * from './session-text.js';\n",
      'src/sessions/session-text.ts': nothing,
    };
    expect(faults(sources)).toEqual([
      'src/sessions/index.ts:1 no barrels',
      'src/sessions/session.ts:2 no barrels',
    ]);
  });
});

describe('adapters at the root', () => {
  const store = {
    'src/sessions/session-store.ts': 'export interface SessionStore { close(): void }\n',
    'src/sessions/redis-session-store.ts':
      "import type { SessionStore } from './session-store.js';\nexport class RedisSessionStore implements SessionStore { close() {} }\n",
  };
  const builds =
    "import { RedisSessionStore } from './sessions/redis-session-store.js';\n\nnew RedisSessionStore();\n";

  test('the composition root builds them', () => {
    expect(faults({ ...store, 'src/gateway.ts': builds, 'src/index.ts': builds })).toEqual([]);
  });

  test('nobody else does, not even a file beside it', () => {
    const inside = builds.replace('./sessions/', './');
    const sources = { ...store, 'src/main.ts': builds, 'src/sessions/known-sessions.ts': inside };
    expect(faults(sources)).toEqual([
      'src/main.ts:3 adapters at the root',
      'src/sessions/known-sessions.ts:3 adapters at the root',
    ]);
  });

  test('a part that fulfils no contract is built in its own room only', () => {
    const sources = {
      'src/redis/redis-faults.ts': 'export class RedisFaults {}\n',
      'src/redis/redis-client.ts': "import { RedisFaults } from './redis-faults.js';\nnew RedisFaults();\n",
      'src/sessions/session.ts':
        "import { RedisFaults } from '../redis/redis-faults.js';\nnew RedisFaults();\n",
    };
    expect(faults(sources)).toEqual(['src/sessions/session.ts:2 adapters at the root']);
  });
});

describe('environment at the door', () => {
  test.each([
    ['a property', 'export const port = process.env.PORT;\n'],
    ['globalThis', 'export const port = globalThis.process.env.PORT;\n'],
    ['an element', "export const env = process['env'];\n"],
    ['taking it apart', 'export const { env } = process;\n'],
    ['an import', "import { env } from 'node:process';\nexport const port = env.PORT;\n"],
  ])('is read by entry points only, spelt as %s', (_, text) => {
    const sources = { 'src/main.ts': text, 'tools/call/call.ts': text, 'src/config.ts': text };
    expect(faults(sources)).toEqual(['src/config.ts:1 environment at the door']);
  });

  test('the rest of process is free', () => {
    const text = 'export const { platform } = process;\nexport const pid = process.pid;\n';
    expect(faults({ 'src/config.ts': text })).toEqual([]);
  });
});

describe('packages in their rooms', () => {
  test.each([
    ['express', 'src/server/app.ts', 'src/calls/call.ts'],
    ['pino-http', 'src/server/app.ts', 'src/core/logger.ts'],
    ['ws', 'src/server/upgrade.ts', 'src/server/app.ts'],
    ['ws', 'packages/twilio-simulator/src/twilio-stream.ts', 'src/twilio/media-stream.ts'],
    ['ioredis', 'src/redis/redis-client.ts', 'src/sessions/session-store.ts'],
    ['drizzle-orm/pg-core', 'src/database/schema.ts', 'src/desk/desk.ts'],
    ['drizzle-orm', 'src/customers/customer-repository.ts', 'src/server/app.ts'],
    ['pg', 'src/database/sql-pool.ts', 'src/customers/customer-repository.ts'],
    ['@electric-sql/pglite', 'src/database/pglite-worker.ts', 'src/gateway.ts'],
    ['twilio/lib/twiml/VoiceResponse.js', 'src/twilio/twiml.ts', 'src/server/routes/webhooks.ts'],
    ['pino', 'src/core/logger.ts', 'src/gateway.ts'],
  ])('%s is free in %s and a fault in %s', (name, room, elsewhere) => {
    const text = `import thing from '${name}';\nthing();\n`;
    expect(faults({ [room]: text, [elsewhere]: text })).toEqual([`${elsewhere}:1 packages in their rooms`]);
  });

  test('a package without a room is a fault everywhere, a module of Node is free', () => {
    const text = "import 'node:fs';\nimport 'path';\nimport leftPad from 'left-pad';\nleftPad();\n";
    expect(faults({ 'src/config.ts': text })).toEqual(['src/config.ts:3 packages in their rooms']);
  });
});

describe('agents fail alone', () => {
  test.each([
    ['a promise that is left to itself', 'export const go = () => {\n  void (async () => 1)();\n};\n'],
    ['a timer', 'export const go = () => {\n  setTimeout(go, 1);\n};\n'],
    ['a later turn', 'export const go = () => {\n  queueMicrotask(go);\n};\n'],
  ])('%s in an agent is a fault, with its line, and none elsewhere', (_, text) => {
    const sources = { 'src/agents/echo-agent.ts': text, 'src/agents/realtime/model-voice.ts': text };
    expect(faults({ ...sources, 'src/calls/call.ts': text })).toEqual([
      'src/agents/echo-agent.ts:2 agents fail alone',
    ]);
  });

  test('a type of nothing and a timer that is cleared are none', () => {
    const text = 'export function hold(timer: number): void {\n  clearTimeout(timer);\n}\n';
    expect(faults({ 'src/agents/echo-agent.ts': text })).toEqual([]);
  });
});

describe('small parts and plain names', () => {
  test('a file of 250 lines fits, of 251 does not', () => {
    expect(faults({ 'src/config.ts': body(250), 'src/core/errors.ts': body(251) })).toEqual([
      'src/core/errors.ts:1 small parts',
    ]);
  });

  test.each([
    ['a function', (lines: number) => `function story() {\n${body(lines - 2)}}\n`, 'story'],
    ['an arrow', (lines: number) => `const story = () => {\n${body(lines - 2)}};\n`, 'story'],
    ['a method', (lines: number) => `class A { story() {\n${body(lines - 2)}} }\n`, 'story'],
    ['a private method', (lines: number) => `class A { #story() {\n${body(lines - 2)}} }\n`, '#story'],
    ['a constructor', (lines: number) => `class A { constructor() {\n${body(lines - 2)}} }\n`, 'constructor'],
  ])('%s of 50 lines fits, of 51 does not', (_, text, name) => {
    expect(faults({ 'src/config.ts': text(50) })).toEqual([]);
    expect(violations({ 'src/config.ts': `\n${text(51)}` })).toMatchObject([
      { file: 'src/config.ts', line: 2, message: expect.stringContaining(`${name} has 51 lines`) },
    ]);
  });

  test('its doc comment is not part of a function', () => {
    const comment = `/**\n${' * why\n'.repeat(30)} */\n`;
    expect(faults({ 'src/config.ts': `${comment}export function story() {\n${body(48)}}\n` })).toEqual([]);
  });

  test.each([
    'export default function story() {}\n',
    'const story = 1;\nexport default story;\n',
    'export default class {}\n',
  ])('a default export is a fault: %s', (text) => {
    expect(faults({ 'src/config.ts': text }).map((fault) => fault.replace(/:\d+/, ''))).toEqual([
      'src/config.ts plain names',
    ]);
  });

  test('a default branch is no default export', () => {
    const text =
      'export function story(a: number) {\n  switch (a) {\n    default:\n      return 1;\n  }\n}\n';
    expect(faults({ 'src/config.ts': text })).toEqual([]);
  });

  test.each(['callRegistry.ts', 'Call.ts', 'call_log.ts', 'call-manager.ts', 'utils.ts', 'audio-helpers.ts'])(
    '%s is not a name for a file',
    (name) => {
      expect(faults({ [`src/calls/${name}`]: nothing })).toEqual([`src/calls/${name}:1 plain names`]);
    },
  );
});
