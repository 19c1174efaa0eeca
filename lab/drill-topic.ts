/** One fault, what the gateway owes under it, and what was seen. */
export interface DrillRow {
  readonly fault: string;
  readonly required: string;
  readonly seen: string;
  readonly held: boolean;
}

/** Some faults that are made together; `lab/drills/<name>.ts` exports one as `topic`. */
export interface Drill {
  readonly title: string;
  /** Rejects with a clear sentence when it cannot run here. */
  drill(): Promise<readonly DrillRow[]>;
}

export function formatDrill(rows: readonly DrillRow[]): string {
  const table = [['fault', 'required', 'seen', ''], ...rows.map(cellsOf)];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}

function cellsOf({ fault, required, seen, held }: DrillRow): string[] {
  return [fault, required, seen, held ? 'held' : 'FAILED'];
}
