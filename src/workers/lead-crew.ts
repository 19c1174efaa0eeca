import cluster from 'node:cluster';
import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import { CrewMetrics } from '../metrics.js';
import { Crew, type CrewAddress } from './crew.js';
import { Places } from './places.js';

/**
 * Makes this process the primary of a gateway of several workers, each of which runs the same program again. Settles when all listen;
 * rejects with a clear sentence when they cannot. A signal drains all, a second one hurries them; then the process ends with status 0.
 */
export async function leadCrew({
  config,
  logger,
}: {
  readonly config: Config;
  readonly logger: Logger;
}): Promise<CrewAddress> {
  const crew = new Crew({
    size: config.workers,
    fork: () => cluster.fork(),
    // As the invitations of one process count.
    places: new Places({ most: config.maxCalls, comingMs: config.stream.startTimeoutMs }),
    metrics: new CrewMetrics(),
    logger,
    drainTimeoutSeconds: config.drainTimeoutSeconds,
  });
  const stop = async (why: string) => {
    if (!crew.signalled()) return;
    logger.info({ why }, 'Stopping all workers: no new calls, the live ones finish');
    const isWell = await crew.stop();
    logger.info({ why }, 'All workers have stopped');
    process.exit(isWell ? 0 : 1);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  return await crew.start();
}
