import { expect, it } from 'vitest';
import { missingNeeds } from '../../lab/bench-needs.js';

const nothing = { redisUrl: undefined, databaseUrl: undefined };

it('a benchmark that needs PostgreSQL says so before anything is measured', () => {
  expect(missingNeeds(['playback', 'analytics'], nothing)).toEqual([
    'analytics: needs a PostgreSQL, named with TEST_DATABASE_URL.',
  ]);
  const databaseUrl = 'postgres://127.0.0.1/test';
  expect(missingNeeds(['playback', 'analytics'], { ...nothing, databaseUrl })).toEqual([]);
});

it('a need that two benchmarks have is told once, and that of others not at all', () => {
  const missing = missingNeeds(['analytics', 'availability', 'speech'], {
    ...nothing,
    redisUrl: 'redis://127.0.0.1',
  });
  expect(missing).toEqual(['analytics, availability: needs a PostgreSQL, named with TEST_DATABASE_URL.']);
});
