import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useAnswer } from '../shell/answer.js';
import type { FinishedCall } from '../shell/answers.js';
import { ask } from '../shell/api.js';
import { duration, isWholeDay, sentenceCase, whenSeen, words } from '../shell/format.js';
import { keepFresh } from '../shell/freshness.js';
import { OUTCOME_TYPES, outcomeName, outcomeTone } from '../shell/outcomes.js';
import { CallerNumber } from '../shell/parts/caller-number.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { SelectField, TextField } from '../shell/parts/text-field.js';
import { query, setQuery } from '../shell/router.js';
import type { ViewProps } from '../shell/view.js';
import { useWork } from '../shell/work.js';
import { CallDetail } from './call-detail.js';
import { type CallPages, PAGE, withEarlier, withFirst } from './call-pages.js';
import './calls.css';

/** The finished calls, or one of them. */
export function CallsView({ rest }: ViewProps) {
  return rest === '' ? <CallList /> : <CallDetail key={rest} callSid={rest} />;
}

/** What the filters of the address ask of the API. */
function callQuery(filters: URLSearchParams): string {
  const asked = new URLSearchParams({ limit: String(PAGE) });
  const day = filters.get('day');
  const outcome = filters.get('outcome');
  const test = filters.get('test');
  if (outcome) asked.set('outcome', outcome);
  if (test) asked.set('test', test);
  if (day && /^\d{4}-\d\d-\d\d$/.test(day)) {
    asked.set('from', day);
    asked.set('to', dayAfter(day));
  }
  return asked.toString();
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

function CallList() {
  const asked = callQuery(query.value);
  return (
    <section class="view">
      <div class="view-head">
        <h1>Calls</h1>
      </div>
      <Filters />
      <Found key={asked} asked={asked} />
    </section>
  );
}

function Filters() {
  const filters = query.value;
  return (
    <search>
      <form class="call-filters" onSubmit={(event) => event.preventDefault()}>
        <TextField
          label="Day"
          type="date"
          value={filters.get('day') ?? ''}
          onChange={({ currentTarget: { value } }) => {
            if (value === '' || isWholeDay(value)) setQuery({ day: value });
          }}
        />
        <SelectField
          label="Outcome"
          value={filters.get('outcome') ?? ''}
          onChange={(event) => setQuery({ outcome: event.currentTarget.value })}
        >
          <option value="">All</option>
          {OUTCOME_TYPES.map((type) => (
            <option key={type} value={type}>
              {outcomeName(type)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label="Made by"
          value={filters.get('test') ?? ''}
          onChange={(event) => setQuery({ test: event.currentTarget.value })}
        >
          <option value="">Everybody</option>
          <option value="0">Callers</option>
          <option value="1">Tests</option>
        </SelectField>
      </form>
    </search>
  );
}

/** The calls that match, the latest first: the first page, kept fresh, and the pages before it as they are asked for. */
function Found({ asked }: { readonly asked: string }) {
  const { value: first, error } = useAnswer<{ calls: readonly FinishedCall[] }>(
    `/api/calls?${asked}`,
    keepFresh,
  );
  const pages = useSignal<CallPages | null>(null);
  const { fault, run } = useWork();
  useEffect(() => {
    if (first) pages.value = withFirst(pages.peek(), first.calls);
  }, [first, pages]);
  const shown = pages.value;
  if (!shown) return <Fault sentence={error} />;
  const { calls, isAll } = shown;
  const more = async (): Promise<void> => {
    const before = calls.at(-1)?.call_sid ?? '';
    const page = await ask<{ calls: readonly FinishedCall[] }>(`/api/calls?${asked}&before=${before}`);
    pages.value = withEarlier(pages.peek() ?? shown, before, page.calls);
  };
  return (
    <>
      <Fault sentence={error} />
      {calls.length === 0 && <Empty>No calls match. Finished calls appear here, the latest first.</Empty>}
      {calls.length > 0 && (
        <ul class="panel call-rows">
          {calls.map((call) => (
            <Row key={call.call_sid} call={call} />
          ))}
        </ul>
      )}
      <Fault sentence={fault.value} />
      {!isAll && (
        <div>
          <button type="button" onClick={() => void run(more)}>
            Earlier calls
          </button>
        </div>
      )}
    </>
  );
}

function Row({ call }: { readonly call: FinishedCall }) {
  const text = call.summary ?? (call.intent ? words(call.intent) : 'No summary');
  return (
    <li class="call-row">
      <span class="call-when">
        <a href={`/calls/${call.call_sid}`}>{sentenceCase(whenSeen(call.started_at))}</a>
      </span>
      <span class="call-who">
        <CallerNumber number={call.caller_phone} />
        {call.test && <span class="tag">Test</span>}
      </span>
      <span class="call-what">{text}</span>
      <span class="call-length muted">{duration(call.duration_ms)}</span>
      <span class="call-outcome">
        <span class={`tag ${outcomeTone(call.outcome)}`}>{outcomeName(call.outcome)}</span>
      </span>
    </li>
  );
}
