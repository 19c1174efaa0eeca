/** Values that JSON would lose, change or refuse: what each is, how it is made, and what is said of it. */
export const HOSTILE_VALUES: readonly [name: string, make: () => unknown, told: RegExp][] = [
  ['a Map', () => new Map([['a', 1]]), /a Map/],
  ['a Set', () => new Set([1]), /a Set/],
  ['a Date', () => new Date(0), /a Date/],
  ['an invalid Date', () => new Date(Number.NaN), /a Date/],
  ['an object of a class', () => new (class Vehicle {})(), /a Vehicle/],
  ['an object that inherits', () => Object.create({ make: 'Ford' }), /not a plain object/],
  ['a boxed number', () => Object(1), /a Number/],
  ['a regular expression', () => /a/, /a RegExp/],
  ['an Error', () => new Error('no'), /an Error/],
  ['a promise', () => Promise.resolve(1), /a Promise/],
  ['a Buffer', () => Buffer.from('a'), /a Buffer/],
  ['a typed array', () => new Float32Array(2), /a Float32Array/],
  ['an ArrayBuffer', () => new ArrayBuffer(2), /an ArrayBuffer/],
  ['a function', () => () => 1, /a function/],
  ['a symbol', () => Symbol('a'), /a symbol/],
  ['a BigInt', () => 1n, /a bigint/],
  ['NaN', () => Number.NaN, /NaN/],
  ['Infinity', () => Number.POSITIVE_INFINITY, /Infinity/],
  ['undefined in a list', () => [1, undefined], /\[1\] is undefined/],
  ['a hole in a list', () => new Array(3), /\[0\] is undefined/],
  ['a list with names', () => Object.assign([1], { total: 1 }), /a list with names/],
  ['an object with a symbol for a name', () => ({ [Symbol('a')]: 1 }), /symbols for names/],
  ['an object that prints itself', () => ({ toJSON: () => 'text' }), /toJSON/],
  ['a ring', ring, /levels deep, or holds itself/],
  ['a list that holds itself', listRing, /levels deep, or holds itself/],
  ['very deep lists', () => JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)), /levels deep/],
  ['a getter that throws', throwing, /a getter or a proxy in it throws/],
  ['a revoked proxy', revoked, /a getter or a proxy in it throws/],
];

function ring(): unknown {
  const object: Record<string, unknown> = {};
  object.self = { object };
  return object;
}

function listRing(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

function throwing(): unknown {
  return {
    get broken() {
      throw new Error('not now');
    },
  };
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
