import { BenchModel, type BenchModelOptions } from './bench-model.js';
import type { Load } from './media-load.js';
import type { MediaRig, Run, ServerKind } from './media-rig.js';

/** The gateway with the talking agent, and the public transport; both talk with the model at this address. */
export function talkingServers(
  model: BenchModel,
  entry: string | null,
): { ours: ServerKind; peer: ServerKind | null } {
  const settings = { AGENT: 'realtime', REALTIME_URL: model.url, REALTIME_TRANSCRIPTION_MODEL: 'none' };
  return {
    ours: { ours: 'talk', settings },
    peer: entry === null ? null : { peer: { entry, model: model.url } },
  };
}

/** A model for as long as `use` takes. */
export async function withModel<T>(
  options: BenchModelOptions,
  use: (model: BenchModel) => Promise<T>,
): Promise<T> {
  const model = await BenchModel.listen(options);
  try {
    return await use(model);
  } finally {
    model.close();
  }
}

/** How many agents failed in a run. What a fallback costs, or how fast it is, is no figure of the talking agent. */
export function failedAgents({ metrics }: Run): number {
  const failures = [...metrics.matchAll(/^bayline_agent_failures_total\{[^}]*\} (\d+)/gm)];
  return failures.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** A run in which no agent failed. Rejects when one did. */
export async function talkingRun(rig: MediaRig, kind: ServerKind, load: Omit<Load, 'look'>): Promise<Run> {
  const run = await rig.run(kind, load);
  const failed = failedAgents(run);
  if (failed > 0) throw new Error(`${failed} talking agents failed while they were measured.`);
  return run;
}
