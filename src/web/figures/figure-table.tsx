import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FigureRow {
  readonly name: string;
  /** How long the bar is, from 0 to 1. */
  readonly share: number;
  /** How much of the bar's end is of the bad kind, from 0 to `share`. */
  readonly lost?: number;
  readonly cells: readonly ComponentChildren[];
}

interface FigureTableProps {
  readonly title: string;
  /** What the first column names. */
  readonly of: string;
  readonly columns: readonly string[];
  readonly rows: readonly FigureRow[];
}

/** A table whose rows have a bar beside their numbers. */
export function FigureTable({ title, of, columns, rows }: FigureTableProps) {
  const heading = useId();
  if (rows.length === 0) return null;
  return (
    <section class="panel chart" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <table class="figure-table">
        <thead>
          <tr>
            <th scope="col">{of}</th>
            <td class="figure-bar-cell" />
            {columns.map((name) => (
              <th key={name} scope="col" class="figure">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, share, lost = 0, cells }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="figure-bar-cell">
                <svg
                  class="figure-bar"
                  viewBox="0 0 100 10"
                  preserveAspectRatio="none"
                  role="img"
                  aria-hidden="true"
                >
                  <rect class="chart-column" width={100 * (share - lost)} height="10" />
                  <rect class="chart-lost" x={100 * (share - lost)} width={100 * lost} height="10" />
                </svg>
              </td>
              {cells.map((cell, index) => (
                <td key={columns[index]} class="figure">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export interface TilesProps {
  /** Names and figures. */
  readonly tiles: readonly (readonly [string, string])[];
}

/** Single figures, side by side. */
export function Tiles({ tiles }: TilesProps) {
  return (
    <dl class="tiles">
      {tiles.map(([name, value]) => (
        <div key={name} class="panel tile">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
