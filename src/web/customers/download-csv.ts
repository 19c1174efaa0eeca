import { Refusal } from '../shell/api.js';

/** Asks for a list as CSV and gives it to the browser as a file. Throws a {@link Refusal}. */
export async function downloadCsv(address: string, name: string): Promise<void> {
  const response = await fetch(address, { headers: { Accept: 'text/csv' } });
  if (!response.ok)
    throw new Refusal(`The list could not be made: status ${response.status}.`, response.status);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  // The browser has taken the file when this turn is over.
  setTimeout(() => URL.revokeObjectURL(link.href));
}
