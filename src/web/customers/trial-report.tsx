import { words } from '../shell/format.js';
import { Fault } from '../shell/parts/notice.js';
import { nameOf, vehicleText } from './customer.js';
import {
  counted,
  type ImportAnswer,
  importCounts,
  type ReadRow,
  type RefusedRow,
  refusedRows,
} from './import-report.js';

/** More refused rows than these help nobody: the file is mended first. */
const MOST = 200;

interface TrialReportProps {
  readonly answer: ImportAnswer;
  readonly lines: readonly string[];
}

/** What the trial of a file has found: what would be done, or each row that is wrong. */
export function TrialReport({ answer, lines }: TrialReportProps) {
  const { error, columns = [], rows = [], first_rows = [], rows_read = 0 } = answer;
  return (
    <>
      <Fault sentence={error ?? null} />
      {error === undefined && (
        <p>
          {counted(rows_read, 'row')} can be imported: {importCounts(answer)}. Nothing has been changed yet.
        </p>
      )}
      {columns.length > 0 && <Columns columns={columns} />}
      {rows.length > 0 && <Refused rows={refusedRows(rows, lines)} />}
      {error === undefined && <FirstRows rows={first_rows} of={rows_read} />}
    </>
  );
}

function Columns({ columns }: Required<Pick<ImportAnswer, 'columns'>>) {
  return (
    <details>
      <summary>
        {columns.filter(({ field }) => field !== null).length} of {counted(columns.length, 'column')}{' '}
        understood
      </summary>
      <ul class="columns-found">
        {columns.map(({ header, field }, at) => (
          // Two columns may have the same header.
          <li key={at}>
            {header || '(no header)'}:{' '}
            {field === null ? <span class="muted">left out</span> : <strong>{words(field)}</strong>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Refused({ rows }: { readonly rows: readonly RefusedRow[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div class="refused" tabIndex={0}>
      <table>
        <caption class="sr-only">Rows that are wrong</caption>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">What is wrong</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map(({ line, text, faults }) => (
            <tr key={line}>
              <td class="figure">{line}</td>
              <td>
                {faults.join('; ')}
                {text !== '' && <code class="refused-text">{text}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > MOST && <p class="muted">and {counted(rows.length - MOST, 'further row')}</p>}
    </div>
  );
}

function FirstRows({ rows, of }: { readonly rows: readonly ReadRow[]; readonly of: number }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div class="refused" tabIndex={0}>
      <table>
        <caption>
          {rows.length < of ? `The first ${rows.length} rows, as they were read` : 'As they were read'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Line</th>
            <th scope="col">Customer</th>
            <th scope="col">Vehicle</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.line}>
              <td class="figure">{row.line}</td>
              <td>
                {nameOf(row)}
                <span class="row-more">
                  {[row.phone_number, row.email, row.notes].filter(Boolean).join(' · ')}
                </span>
              </td>
              <td>{row.vehicles.map((vehicle) => vehicleText(vehicle)).join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
