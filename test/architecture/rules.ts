import { posix } from 'node:path';
import { floorOf, importFault, isCompositionRoot, roomOf, treeOf } from './floors.js';
import { packageFault } from './package-rooms.js';
import { findRings } from './rings.js';
import type { SourceFacts } from './source-facts.js';

/** A broken rule: where, which, and what to do about it. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** One line, as the terminal and an editor can follow it. */
export function show({ file, line, rule, message }: Violation): string {
  return `${file}:${line}  ${rule}: ${message}`;
}

export const MOST_FILE_LINES = 250;
export const MOST_FUNCTION_LINES = 50;

const TECHNOLOGY = /^(redis|memory|flite|pglite|postgres|openai)-/;
/** The only files that pass on names of others: what a package's users import. */
const FACE = /^(src|packages\/[^/]+\/src)\/index\.ts$/;
/** Where a program begins: `src/main.ts`, and the commands of the other trees. */
const ENTRY = /^(src\/main\.ts$|tools\/|lab\/|examples\/|packages\/[^/]+\/src\/bin\/)/;
const MODEL_SIDE =
  /^src\/agents\/realtime\/(model-connection|model-sessions|model-voice|realtime-session)\.ts$/;
const VAGUE_NAME = /(^|-)(manager|helpers?|utils?|common|base|internal)(-|\.|$)/;

/** Rule 1, floors: a file imports from lower floors or its own room. Type-only imports count. */
export function oneWayDown(all: readonly SourceFacts[]): Violation[] {
  const rule = 'one way down';
  const homeless = all
    .filter(({ file }) => treeOf(file) === 'src' && floorOf(file) === null)
    .map(({ file }) => ({
      file,
      line: 1,
      rule,
      message:
        'this room has no floor. Give it one in test/architecture/floors.ts and in docs/architecture.md.',
    }));
  const upward = all.flatMap(({ file, imports }) =>
    imports.flatMap(({ line, target, isType }) => {
      const fault = target ? importFault(file, target, isType) : null;
      const advice = 'Move what both need to a lower floor, or hand it in from gateway.ts.';
      return fault === null ? [] : [{ file, line, rule, message: `${fault}. ${advice}` }];
    }),
  );
  return [...homeless, ...upward];
}

/** Rule 1, rings: no files that import each other in a circle, not even for types. */
export function noRings(all: readonly SourceFacts[]): Violation[] {
  return findRings(all).map((ring) => ({
    file: ring.file,
    line: ring.line,
    rule: 'no rings',
    message: `${ring.path.join(' -> ')}. Move what they share into a file that imports none of them.`,
  }));
}

/** Rule 1, barrels: `src/index.ts`, the library's face, is the only index and the only place that passes names on. */
export function noBarrels(all: readonly SourceFacts[]): Violation[] {
  const rule = 'no barrels';
  return all
    .filter(({ file }) => !FACE.test(file))
    .flatMap(({ file, starExports }) => {
      const message = 'Import each thing from the file that defines it.';
      const isIndex = posix.basename(file) === 'index.ts';
      return [
        ...(isIndex
          ? [{ file, line: 1, rule, message: `only src/index.ts may be an index. ${message}` }]
          : []),
        ...starExports.map((line) => ({
          file,
          line,
          rule,
          message: `export * hides where a name is from. ${message}`,
        })),
      ];
    });
}

/**
 * Rule 6: `new` for an adapter only in the composition root. An adapter is a class in a file named for a technology
 * (`redis-session-store.ts`). Inside its own room such a class may be built if it fulfils no contract: then it is a part.
 */
export function adaptersAreBuiltAtTheRoot(all: readonly SourceFacts[]): Violation[] {
  const adapters = adapterClasses(all);
  return all
    .filter(({ file }) => treeOf(file) === 'src' && !isCompositionRoot(file))
    .flatMap(({ file, constructed }) =>
      constructed.flatMap(({ line, name }) => {
        const adapter = adapters.get(name);
        const isPart =
          adapter !== undefined && !adapter.fulfilsContract && roomOf(adapter.file) === roomOf(file);
        if (adapter === undefined || isPart) return [];
        const message = `new ${name} (${adapter.file}). Take it as a constructor parameter; only the composition root (floor 10) builds adapters.`;
        return [{ file, line, rule: 'adapters at the root', message }];
      }),
    );
}

function adapterClasses(
  all: readonly SourceFacts[],
): Map<string, { file: string; fulfilsContract: boolean }> {
  const found = all
    .filter(({ file }) => TECHNOLOGY.test(posix.basename(file)))
    .flatMap(({ file, classes }) =>
      classes.map(({ name, fulfilsContract }) => [name, { file, fulfilsContract }] as const),
    );
  return new Map(found);
}

/** Rule 7: the environment is read by entry points alone. */
export function environmentAtTheDoor(all: readonly SourceFacts[]): Violation[] {
  return all
    .filter(({ file }) => !ENTRY.test(file))
    .flatMap(({ file, envReads }) =>
      envReads.map((line) => ({
        file,
        line,
        rule: 'environment at the door',
        message:
          'process.env is read here. Only main.ts, the tools and the lab read it: take the value as a parameter.',
      })),
    );
}

/** Rule 8: each npm package is imported in its room only. */
export function packagesInTheirRooms(all: readonly SourceFacts[]): Violation[] {
  return all.flatMap(({ file, imports }) =>
    imports.flatMap(({ line, specifier, target }) => {
      const fault = target === null ? packageFault(file, specifier) : null;
      return fault === null ? [] : [{ file, line, rule: 'packages in their rooms', message: fault }];
    }),
  );
}

/** Rule 9: files and functions that fit in a head. */
export function smallParts(all: readonly SourceFacts[]): Violation[] {
  const rule = 'small parts';
  return all.flatMap(({ file, lines, functions }) => [
    ...(lines > MOST_FILE_LINES
      ? [
          {
            file,
            line: 1,
            rule,
            message: `${lines} lines, ${MOST_FILE_LINES} at most. Give its second thing a file.`,
          },
        ]
      : []),
    ...functions
      .filter((each) => each.lines > MOST_FUNCTION_LINES)
      .map((each) => ({
        file,
        line: each.line,
        rule,
        message: `${each.name} has ${each.lines} lines, ${MOST_FUNCTION_LINES} at most. Name its steps as functions.`,
      })),
  ]);
}

/** Rule 9: named exports, kebab-case file names that say what is in them. */
export function plainNames(all: readonly SourceFacts[]): Violation[] {
  const rule = 'plain names';
  return all.flatMap(({ file, defaultExports }) => {
    const name = posix.basename(file);
    return [
      ...defaultExports.map((line) => ({
        file,
        line,
        rule,
        message: 'a default export. Give it a name and export that.',
      })),
      ...(/^[a-z0-9]+(-[a-z0-9]+)*\.tsx?$/.test(name)
        ? []
        : [
            {
              file,
              line: 1,
              rule,
              message: `${name} is not kebab-case. Rename it after the one thing in it.`,
            },
          ]),
      ...(VAGUE_NAME.test(name)
        ? [{ file, line: 1, rule, message: `${name} says nothing. Rename it after the one thing in it.` }]
        : []),
    ];
  });
}

/** Rule 9: a name that is exported means one thing. A type and a value of one name in one file are one thing. */
export function oneMeaningEach(all: readonly SourceFacts[]): Violation[] {
  const homes = new Map<string, string>();
  return all
    .filter(({ file }) => treeOf(file) === 'src')
    .flatMap(({ file, exports }) =>
      exports.flatMap(({ line, name }) => {
        const home = homes.get(name) ?? file;
        homes.set(name, home);
        const message = `${name} is exported by ${home} too. Name the two things apart.`;
        return home === file ? [] : [{ file, line, rule: 'one meaning each', message }];
      }),
    );
}

/**
 * An agent's fault is its own: what it does later goes through its call's control. The connections to a model are not those of a call alone, and
 * guard themselves.
 */
export function agentsFailAlone(all: readonly SourceFacts[]): Violation[] {
  const message = 'nobody catches what is thrown here. Use setTimer or inBackground of the call control.';
  return all
    .filter(({ file }) => file.startsWith('src/agents/') && !MODEL_SIDE.test(file))
    .flatMap(({ file, unwatched }) =>
      unwatched.map((line) => ({ file, line, rule: 'agents fail alone', message })),
    );
}

/** Every rule, under the sentence that it stands for. */
export const RULES = [
  { title: 'a file imports from lower floors or its own room', check: oneWayDown },
  { title: 'no files import each other in a ring', check: noRings },
  { title: 'no barrels besides the library face', check: noBarrels },
  { title: 'adapters are built in the composition root only', check: adaptersAreBuiltAtTheRoot },
  { title: 'process.env is read in entry points only', check: environmentAtTheDoor },
  { title: 'each npm package is imported in its room only', check: packagesInTheirRooms },
  { title: 'files and functions are small', check: smallParts },
  { title: 'what an agent does later is watched by its call', check: agentsFailAlone },
  { title: 'a name that is exported means one thing', check: oneMeaningEach },
  { title: 'exports are named and files named after what is in them', check: plainNames },
] as const;
