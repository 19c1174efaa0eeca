/** The version of the gateway, as in `package.json`. */
export const VERSION = '0.1.0';

/** What relies on the inside of Node or V8 does so on these versions alone: CI runs the tests on each. */
export const TESTED_NODE_MAJORS: readonly number[] = [20, 22, 24];

export function isTestedNode(version = process.versions.node): boolean {
  return TESTED_NODE_MAJORS.includes(Number.parseInt(version, 10));
}
