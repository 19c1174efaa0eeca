import { Counter, Gauge, Registry } from 'prom-client';
import { addDropped, type Dropped, type Figures, LOG_LINES_DROPPED } from './metrics.js';

/** What only the process knows that leads the others. */
export class CrewMetrics {
  readonly #registry = new Registry();
  readonly workers = new Gauge({
    name: 'bayline_workers',
    help: 'Processes of this gateway that listen',
    registers: [this.#registry],
  });
  readonly placesTaken = new Gauge({
    name: 'bayline_call_places_taken',
    help: 'Calls that count against MAX_CALLS in all processes: live ones and those on their way',
    registers: [this.#registry],
  });
  readonly workersLost = new Counter({
    name: 'bayline_workers_lost_total',
    help: 'Processes of this gateway that died and were replaced',
    registers: [this.#registry],
  });
  readonly workersSilent = new Counter({
    name: 'bayline_workers_silent_total',
    help: 'Questions that a process of this gateway did not answer in time: it was left out, by what was asked',
    labelNames: ['about'],
    registers: [this.#registry],
  });

  readonly #logLinesDropped = new Counter({
    name: 'bayline_log_lines_dropped_total',
    help: LOG_LINES_DROPPED,
    labelNames: ['reason'],
    registers: [this.#registry],
  });
  #log: { readonly dropped: Dropped } = { dropped: {} };

  /** Counts what the output of the log drops, into which all processes write. */
  watchLog(output: { readonly dropped: Dropped }): void {
    this.#log = output;
  }

  figures(): Promise<Figures> {
    addDropped(this.#logLinesDropped, this.#log.dropped);
    return this.#registry.getMetricsAsJSON();
  }
}
