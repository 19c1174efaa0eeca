import cluster from 'node:cluster';
import type { Config } from '../config.js';
import { GatewayError, summarize } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Siblings } from '../line/siblings.js';
import { CrewSiblings } from './crew-siblings.js';
import { PrimaryLink } from './primary-link.js';
import { type LivingGateway, WorkerLife } from './worker-life.js';

/** What a worker's gateway is made with, and what it is handed to. */
export interface CrewPlace {
  readonly siblings: Siblings;
  /** Serves until the primary, or its end, says otherwise. Rejects with a clear sentence when the address cannot be used. */
  serve(gateway: LivingGateway): Promise<void>;
  /** It could not start: the primary tells why. Settles when it knows. */
  failed(error: unknown): Promise<void>;
}

/** Makes this process one of the workers of a gateway; from now on it obeys the primary. */
export async function joinCrew({
  config,
  logger,
}: {
  readonly config: Config;
  readonly logger: Logger;
}): Promise<CrewPlace> {
  const primary = new PrimaryLink();
  const tokenSecret = await primary.welcomed();
  const share = Math.ceil(config.maxCalls / config.workers);
  const worker = cluster.worker?.id ?? 0;
  const siblings = new CrewSiblings({ worker, tokenSecret, primary, logger, share });
  const life = new WorkerLife({ primary, siblings, logger });
  return {
    siblings,
    serve: (gateway) => life.serve(gateway),
    failed: (error) => primary.lastWords({ type: 'failed', message: reasonOf(error) }),
  };
}

function reasonOf(error: unknown): string {
  const { message } = summarize(error);
  const stack = error instanceof Error && !(error instanceof GatewayError) ? error.stack : undefined;
  return stack === undefined ? message : `${message}\n${stack}`;
}
