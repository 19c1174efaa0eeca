import { useId } from 'preact/hooks';

interface Column {
  readonly name: string;
  readonly value: number;
}

interface ColumnChartProps {
  readonly title: string;
  /** What the columns are. */
  readonly unit: string;
  readonly columns: readonly Column[];
}

const WIDTH = 100;
const HEIGHT = 40;

/** Columns of counts as a picture, and the same as a table. */
export function ColumnChart({ title, unit, columns }: ColumnChartProps) {
  const heading = useId();
  const top = Math.max(1, ...columns.map(({ value }) => value));
  const step = WIDTH / Math.max(1, columns.length);
  const middle = columns[Math.floor(columns.length / 2)];
  return (
    <section class="panel chart" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <div class="chart-plot">
        <span class="chart-top">{top}</span>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}, at most ${top}`}
        >
          {columns.map(({ name, value }, index) => (
            <rect
              key={name}
              class="chart-column"
              x={index * step + step * 0.12}
              width={step * 0.76}
              y={HEIGHT - (value / top) * HEIGHT}
              height={(value / top) * HEIGHT}
            >
              <title>{`${name}: ${value}`}</title>
            </rect>
          ))}
        </svg>
      </div>
      <p class="chart-scale" aria-hidden="true">
        <span>{columns[0]?.name}</span>
        <span>{middle?.name}</span>
        <span>{columns.at(-1)?.name}</span>
      </p>
      <Numbers unit={unit} columns={columns} />
    </section>
  );
}

function Numbers({ unit, columns }: { readonly unit: string; readonly columns: readonly Column[] }) {
  return (
    <details>
      <summary>Numbers</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{unit}</th>
            <th scope="col" class="figure">
              Calls
            </th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ name, value }) => (
            <tr key={name}>
              <td>{name}</td>
              <td class="figure">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
