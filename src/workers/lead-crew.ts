import cluster, { type Worker } from 'node:cluster';
import { createInterface } from 'node:readline';
import type { Config } from '../config.js';
import { CrewMetrics } from '../core/crew-metrics.js';
import type { LogOutput } from '../core/log-output.js';
import type { Logger } from '../core/logger.js';
import { Crew, type CrewAddress } from './crew.js';
import { Places } from './places.js';

/** The numbers under which a worker has our standard output and standard error: see `setupPrimary`. */
const COPIES = { BAYLINE_OUTPUT: 4, BAYLINE_ERROR_OUTPUT: 5 };

export interface CrewLead {
  readonly config: Config;
  readonly logger: Logger;
  readonly output: LogOutput;
  readonly errorOutput: LogOutput;
  /** Ends the process with this status. */
  readonly end: (status: number) => Promise<void>;
}

/**
 * Makes this process the primary of a gateway of several workers, each of which runs the same program again. Settles when all listen;
 * rejects with a clear sentence when they cannot. A signal drains all, a second one hurries them; then the process ends, with status 0 if
 * nothing went wrong.
 */
export async function leadCrew({ config, logger, output, errorOutput, end }: CrewLead): Promise<CrewAddress> {
  // Standard output itself would become blocking for all with each worker that inherits it; a copy under another number does not. What a
  // library prints in a worker goes on from here.
  cluster.setupPrimary({ stdio: ['ignore', 'pipe', 'pipe', 'ipc', 1, 2] });
  const metrics = new CrewMetrics();
  metrics.watchLog(output);
  const crew = new Crew({
    size: config.workers,
    fork: () => passingOn(cluster.fork(COPIES), output, errorOutput),
    // As the invitations of one process count.
    places: new Places({ most: config.maxCalls, comingMs: config.stream.startTimeoutMs }),
    metrics,
    logger,
    drainTimeoutSeconds: config.drainTimeoutSeconds,
  });
  const stop = async (why: string, exitCode = 0) => {
    if (!crew.signalled()) return;
    logger.info({ why }, 'Stopping all workers: no new calls, the live ones finish');
    const isWell = await crew.stop();
    logger.info({ why }, 'All workers have stopped');
    await end(isWell ? exitCode : 1);
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

/** Line by line: those of several workers do not mix. They are read whether they can be written or not: no worker waits. */
function passingOn(worker: Worker, output: LogOutput, errorOutput: LogOutput): Worker {
  const { stdout, stderr } = worker.process;
  if (stdout) createInterface(stdout).on('line', (line) => output.write(`${line}\n`));
  if (stderr) createInterface(stderr).on('line', (line) => errorOutput.write(`${line}\n`));
  return worker;
}
