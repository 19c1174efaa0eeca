import type { AgentReport } from '../agents/agent.js';
import type { Metrics } from '../core/metrics.js';
import type { LiveSession } from '../sessions/live-session.js';
import type { TokenUsage } from '../sessions/session.js';
import { LatencyLog } from './latency-log.js';

const KINDS = ['audio_in', 'text_in', 'cached_in', 'audio_out', 'text_out'] as const;

/** Which agents had one call and what they told of their work: for the metrics, and kept in the session, so that whichever gateway ends the call has it. */
export class AgentReports {
  readonly #metrics: Metrics;
  readonly #session: Pick<LiveSession, 'data' | 'change'>;
  readonly #latency: LatencyLog;

  constructor(metrics: Metrics, session: Pick<LiveSession, 'data' | 'change'>) {
    this.#metrics = metrics;
    this.#session = session;
    this.#latency = new LatencyLog(metrics, session);
  }

  /** An agent has the call from now on. Agents of one name in a row count as one. */
  begins(name: string): void {
    const { agents } = this.#session.data;
    if (agents.at(-1) !== name) this.#session.change({ agents: [...agents, name] });
  }

  /** What no model can have counted or taken is left out. */
  add(report: AgentReport): void {
    if ('modelMs' in report) {
      if (report.modelMs >= 0 && Number.isFinite(report.modelMs)) this.#latency.model(report.modelMs);
      return;
    }
    const { usage } = report;
    if (!KINDS.every((kind) => Number.isSafeInteger(usage[kind]) && usage[kind] >= 0)) return;
    for (const kind of KINDS) this.#metrics.modelTokens.inc({ kind }, usage[kind]);
    this.#session.change({ usage: sum(this.#session.data.usage, usage) });
  }
}

function sum(before: TokenUsage | null, more: TokenUsage): TokenUsage {
  return {
    audio_in: (before?.audio_in ?? 0) + more.audio_in,
    text_in: (before?.text_in ?? 0) + more.text_in,
    cached_in: (before?.cached_in ?? 0) + more.cached_in,
    audio_out: (before?.audio_out ?? 0) + more.audio_out,
    text_out: (before?.text_out ?? 0) + more.text_out,
  };
}
