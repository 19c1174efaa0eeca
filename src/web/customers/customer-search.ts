import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { CUSTOMERS } from '../../server/routes/customers.js';
import type { AnswerOf } from '../../server/routes/operation.js';
import { ask } from '../shell/api.js';
import type { Customer } from './customer.js';
import { LatestAnswer } from './latest-answer.js';

export interface Found {
  readonly customers: readonly Customer[];
  /** What was asked for. */
  readonly q: string;
  /** There are no more than these. */
  readonly isWhole: boolean;
}

interface Page {
  /** The last one of the page before. */
  readonly before?: number | undefined;
  readonly signal?: AbortSignal;
}

/** Customers who match `q`, or all of them where it is empty; `most` at once. Throws a refusal. */
export async function findCustomers(q: string, most: number, { before, signal }: Page = {}): Promise<Found> {
  const fields = new URLSearchParams({ limit: String(most) });
  if (q.trim() !== '') fields.set('q', q);
  if (before !== undefined) fields.set('before', String(before));
  const address = `/api/customers?${fields}`;
  const { customers } = await ask<AnswerOf<typeof CUSTOMERS.list>>(address, signal ? { signal } : {});
  return { customers, q, isWhole: customers.length < most };
}

/** What is found for the latest words that were asked for. */
export function useCustomerSearch(most: number) {
  const found = useSignal<Found | null>(null);
  const search = useMemo(() => {
    const find = (q: string, signal: AbortSignal) => findCustomers(q, most, { signal });
    return new LatestAnswer(find, (answer: Found) => {
      found.value = answer;
    });
  }, [most, found]);
  useEffect(() => () => search.stop(), [search]);
  return { found, fault: search.fault, search };
}
