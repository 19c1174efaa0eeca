import { useSignal } from '@preact/signals';
import { ask, Refusal } from '../shell/api.js';
import { Dialog } from '../shell/parts/dialog.js';
import { Fault } from '../shell/parts/notice.js';
import { TextField } from '../shell/parts/text-field.js';
import { useWork } from '../shell/work.js';
import { type ImportAnswer, importCounts, linesOf } from './import-report.js';
import { TrialReport } from './trial-report.js';

interface ImportDialogProps {
  readonly onClose: () => void;
  /** Called when customers were brought in. */
  readonly onImported: () => void;
}

/** What the gateway says of a file, and its lines as they stand in it. */
interface Trial {
  readonly file: File;
  readonly lines: readonly string[];
  readonly answer: ImportAnswer;
}

const HINT =
  'A CSV file with a header row, saved from a spreadsheet. Columns such as name, phone, e-mail, make, model, year, VIN and plate are recognised. Customers who are here already, by their number, are completed and not overwritten.';

const DONE = 'Imported:';

/** Which of the two it was the page cannot tell: a gateway that has waited long enough closes the connection. */
const LOST =
  'The file did not arrive. Either the gateway cannot be reached, or the line is too slow: a file must arrive within 10 seconds. Try a faster line, or import it at the gateway: npm run customers -- import FILE.csv';

/** Sends a file; gives the gateway's answer, also when it refuses rows. Throws a {@link Refusal} when it says nothing of them. */
async function post(file: File, isTrial: boolean): Promise<ImportAnswer> {
  const address = `/api/customers/import${isTrial ? '?dry_run=1' : ''}`;
  try {
    return await ask<ImportAnswer>(address, { method: 'POST', body: new Blob([file], { type: 'text/csv' }) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 400 && error.answer !== undefined) return error.answer as ImportAnswer;
    throw error.status === 0 || error.status === 408 ? new Refusal(LOST, error.status) : error;
  }
}

/** Brings customers in from a file: first a trial that changes nothing, with each row that is wrong, then the file. */
export function ImportDialog({ onClose, onImported }: ImportDialogProps) {
  const trial = useSignal<Trial | null>(null);
  const { fault, told, isBusy, run } = useWork();
  const look = async (file: File | undefined) => {
    trial.value = null;
    if (!file) return;
    const [answer, bytes] = await Promise.all([post(file, true), file.arrayBuffer()]);
    trial.value = { file, answer, lines: linesOf(new Uint8Array(bytes)) };
  };
  const bringIn = async ({ file }: Trial) => {
    const answer = await post(file, false);
    if (answer.error !== undefined) throw new Error(answer.error);
    trial.value = { file, lines: [], answer };
    onImported();
  };
  const ready = trial.value?.answer.error === undefined ? trial.value : null;
  const send = () => ready && void run(() => bringIn(ready), DONE);
  return (
    <Dialog title="Import customers" onClose={onClose}>
      {told.value === '' && (
        <TextField
          label="File"
          hint={HINT}
          type="file"
          accept=".csv,.txt,.tsv,text/csv"
          disabled={isBusy.value}
          onChange={({ currentTarget }) => void run(() => look(currentTarget.files?.[0]))}
        />
      )}
      <Fault sentence={fault.value} />
      <div class="import-report" aria-live="polite">
        {isBusy.value && <p class="muted">Reading the file</p>}
        {trial.value && <Outcome trial={trial.value} done={told.value} />}
      </div>
      <div class="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
        {told.value === '' && (
          <button type="button" class="primary" disabled={!ready || isBusy.value} onClick={send}>
            Bring in
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Outcome({ trial, done }: { readonly trial: Trial; readonly done: string }) {
  if (done === '') return <TrialReport {...trial} />;
  return (
    <p class="told">
      {done} {importCounts(trial.answer)}.
    </p>
  );
}
