import { useAnswer } from '../shell/answer.js';
import type { RedisFigures } from '../shell/answers.js';
import { delay, percent, sentenceCase } from '../shell/format.js';
import { Fault } from '../shell/parts/notice.js';
import { FigureTable, Tiles } from './figure-table.js';

const STATES = {
  up: ['Redis answers', 'good'],
  down: ['Redis does not answer', 'bad'],
  'not configured': ['No Redis: this process keeps the state', ''],
} as const;

/** How the gateway that answers gets on with Redis and its caches. */
export function RedisPanel() {
  const { value: redis, error } = useAnswer<RedisFigures>('/api/redis');
  if (!redis) return <Fault sentence={error} />;
  const [state, tone] = STATES[redis.redis];
  const caches = redis.caches.map(({ cache, hits, misses }) => ({
    name: sentenceCase(cache),
    share: hits / Math.max(1, hits + misses),
    cells: [hits + misses, hits + misses === 0 ? '–' : percent(hits / (hits + misses))],
  }));
  const most = Math.max(1, ...redis.slow_operations.map(({ count }) => count));
  const slow = redis.slow_operations.map(({ operation, count }) => ({
    name: operation,
    share: count / most,
    cells: [count],
  }));
  return (
    <section class="redis" aria-labelledby="redis">
      <div class="view-head">
        <h2 id="redis">Redis and caches of this gateway, since it started</h2>
        <span class={`tag ${tone}`}>{state}</span>
      </div>
      <Fault sentence={redis.error} />
      {redis.redis !== 'not configured' && (
        <Tiles
          tiles={[
            ['Answers in', delay(redis.latency_ms)],
            ['Memory', memoryOf(redis)],
          ]}
        />
      )}
      <div class="figure-panels">
        <FigureTable title="Answered from a cache" of="Cache" columns={['Asked', 'Hits']} rows={caches} />
        <FigureTable title="Slow operations" of="Operation" columns={['Times']} rows={slow} />
      </div>
    </section>
  );
}

function memoryOf({ memory_bytes: used, memory_limit_bytes: limit }: RedisFigures): string {
  if (used === null) return '–';
  const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MB`;
  return limit ? `${megabytes(used)} of ${megabytes(limit)}` : megabytes(used);
}
