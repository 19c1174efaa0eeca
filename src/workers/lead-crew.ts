import cluster from 'node:cluster';
import type { Config } from '../config.js';
import type { Logger } from '../logger.js';
import { CrewMetrics } from '../metrics.js';
import { Crew, type CrewAddress } from './crew.js';
import { Places } from './places.js';

/**
 * Makes this process the primary of a gateway of several workers, each of which runs the same program again. Settles when all listen;
 * rejects with a clear sentence when they cannot. A signal drains all, a second one hurries them; then the process ends, with status 0 if
 * nothing went wrong.
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
  const stop = async (why: string, exitCode = 0) => {
    if (!crew.signalled()) return;
    logger.info({ why }, 'Stopping all workers: no new calls, the live ones finish');
    const isWell = await crew.stop();
    logger.info({ why }, 'All workers have stopped');
    process.exit(isWell ? exitCode : 1);
  };
  const fault = (error: unknown) => {
    logger.fatal({ err: error }, 'A fault nobody caught in the process that leads the workers: all end');
    void stop('fault', 1);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
  return await crew.start();
}
