import type { LogOutput } from './log-output.js';
import type { Logger } from './logger.js';

/** A second signal, or an uncaught exception, leaves the calls so long. */
const SHORTENED_DRAIN_MS = 10_000;
const LAST_LINES_MS = 500;

/** What a process serves, as far as its end goes. Nothing here rejects. */
interface Served {
  /** Takes no new calls and settles when the live ones have ended. */
  drain(): Promise<void>;
  /** Shortens a drain to at most so many milliseconds from now. */
  shortenDrain(ms: number): void;
  close(): Promise<void>;
}

interface ProcessEnd {
  readonly logger: Logger;
  readonly outputs: readonly LogOutput[];
}

/** SIGTERM and SIGINT drain and end the process with status 0, a fault that nobody caught with 1; a second signal shortens the drain. */
export function endOnSignals(served: Served, { logger, outputs }: ProcessEnd): void {
  let stopping = false;
  const stop = async (why: string, exitCode: number) => {
    if (stopping) return served.shortenDrain(SHORTENED_DRAIN_MS);
    stopping = true;
    logger.info({ why }, 'Stopping: no new calls, the live ones finish');
    await served.drain();
    await served.close();
    logger.info({ why }, 'Stopped');
    return endProcess(exitCode, outputs);
  };
  const fault = (error: unknown) => {
    logger.fatal({ err: error }, 'Uncaught exception, draining');
    served.shortenDrain(SHORTENED_DRAIN_MS);
    void stop('fault', 1);
  };
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
}

/** Ends the process with this status, its last lines written if their destinations take them within half a second. */
export async function endProcess(status: number, outputs: readonly LogOutput[]): Promise<void> {
  const isFree = await Promise.all(outputs.map((output) => output.flush(LAST_LINES_MS)));
  // An exit would wait for the thread that still writes, for ever perhaps.
  if (isFree.includes(false)) process.kill(process.pid, 'SIGKILL');
  process.exit(status);
}
