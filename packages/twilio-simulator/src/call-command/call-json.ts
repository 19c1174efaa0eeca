import type { CallEvent } from '../call-record.js';

/** One JSON line, fields in snake_case. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(inSnakeCase(value))}\n`;
}

/** Times are milliseconds since the first ring. */
export function eventLine({ at, kind, ...fields }: CallEvent): string {
  return jsonLine({ event: kind, atMs: Math.round(at), ...fields });
}

// Only our own names are changed: what a server's session holds under `collected` is its own.
function inSnakeCase(value: object): object {
  const renamed = Object.entries(value).map(([name, inner]) => {
    const isPlain =
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) && name !== 'collected';
    return [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      isPlain ? inSnakeCase(inner) : inner,
    ];
  });
  return Object.fromEntries(renamed);
}
