/** One measured figure beside its reference of the same run. */
export interface BenchRow {
  readonly figure: string;
  /** With its unit, as it is to be read. */
  readonly measured: string;
  /** What it is compared with, and what that took in this run. */
  readonly reference: string;
  /** Measured by reference; absent where they are not of one kind. */
  readonly ratio?: number;
  /** As it is to be read; absent for a row that only informs. */
  readonly target?: string;
  readonly met?: boolean;
}

export interface BenchEnvironment {
  /** A Redis that may be used, with keys of our own that are deleted afterwards; `undefined`: none was named. */
  readonly redisUrl: string | undefined;
  /** A PostgreSQL on whose server databases may be made and dropped; `undefined`: none was named. */
  readonly databaseUrl: string | undefined;
}

/** A group of figures; `lab/bench/<name>.ts` exports one as `topic`. Rejects with a clear sentence when it cannot run here. */
export interface BenchTopic {
  readonly title: string;
  run(environment: BenchEnvironment): Promise<readonly BenchRow[]>;
}

/** The rows as a table in plain text, one line each. */
export function formatRows(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.figure,
    row.measured,
    row.reference,
    row.ratio === undefined ? '' : row.ratio.toFixed(2),
    row.target ?? '',
    row.met === undefined ? '' : row.met ? 'met' : 'MISSED',
  ]);
  const table = [['figure', 'measured', 'reference', 'ratio', 'target', ''], ...cells];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  return table
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}
