import type { ComponentChildren } from 'preact';
import { useAnswer } from '../shell/answer.js';
import type { Delays, FinishedCall, PassedState } from '../shell/answers.js';
import { clockTime, dayAndTime, delay, duration, sentenceCase } from '../shell/format.js';
import { outcomeName, outcomeTone } from '../shell/outcomes.js';
import { CallerNumber } from '../shell/parts/caller-number.js';
import { Icon } from '../shell/parts/icon.js';
import { Fault } from '../shell/parts/notice.js';
import { CallSound } from './call-sound.js';
import { type SpokenLine, spokenLines } from './spoken-lines.js';

/** One finished call: what was said, which states it passed, what the caller waited for. */
export function CallDetail({ callSid }: { readonly callSid: string }) {
  const { value: call, error } = useAnswer<FinishedCall>(`/api/calls/${callSid}`);
  return (
    <section class="view">
      <p>
        <a class="back" href="/calls">
          <Icon name="arrow-left" /> All calls
        </a>
      </p>
      <Fault sentence={error} />
      {call && <Call call={call} />}
    </section>
  );
}

function Call({ call }: { readonly call: FinishedCall }) {
  return (
    <>
      <div class="view-head">
        <h1>
          Call of <CallerNumber number={call.caller_phone} />
        </h1>
        <span class={`tag ${outcomeTone(call.outcome)}`}>{outcomeName(call.outcome)}</span>
      </div>
      {call.summary && <p>{call.summary}</p>}
      <CallSound callSid={call.call_sid} />
      <div class="call-parts">
        <section class="panel" aria-labelledby="said">
          <h2 id="said">What was said</h2>
          <Transcript call={call} />
        </section>
        <div class="call-side">
          <Facts call={call} />
          <States states={call.states} endedAt={call.ended_at} />
          <Waits call={call} />
        </div>
      </div>
    </>
  );
}

function Transcript({ call }: { readonly call: FinishedCall }) {
  const lines = spokenLines(call);
  if (lines.length === 0) return <p class="muted">Nothing was said, or it was erased.</p>;
  return (
    <ol class="transcript">
      {lines.map((line, index) => (
        <Line key={index} line={line} />
      ))}
    </ol>
  );
}

function Line({ line }: { readonly line: SpokenLine }) {
  const speaker = line.role === 'user' ? 'Caller' : line.role === 'assistant' ? 'Agent' : 'Done';
  return (
    <li class={`line line-${line.role}`}>
      <span class="line-head">
        {speaker} <time dateTime={line.timestamp}>{clockTime(line.timestamp)}</time>
      </span>
      <p>
        {line.heard}
        {line.unheard !== '' && (
          <>
            {' '}
            <span class="sr-only">Not heard:</span>{' '}
            <del title="The caller did not hear this">{line.unheard}</del>
          </>
        )}
      </p>
    </li>
  );
}

function Facts({ call }: { readonly call: FinishedCall }) {
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Began', dayAndTime(call.started_at)],
    ['Length', duration(call.duration_ms)],
    ['Agent', call.agent?.split('>').map(sentenceCase).join(', then ') ?? 'Nobody'],
    ['Cut off', call.interruptions === 1 ? 'once' : `${call.interruptions} times`],
    ...(call.dial_status ? ([['Person', sentenceCase(call.dial_status.replaceAll('-', ' '))]] as const) : []),
    ...(call.after_hours ? ([['Shop', 'Was closed']] as const) : []),
    ...(call.test ? ([['Test', 'Made to try the line']] as const) : []),
  ];
  return (
    <section class="panel" aria-labelledby="facts">
      <h2 id="facts">The call</h2>
      <dl class="finished-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {call.customer_id !== null && (
          <div>
            <dt>Customer</dt>
            <dd>
              <a href={`/customers/${call.customer_id}`}>Profile</a>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function States({ states, endedAt }: { readonly states: readonly PassedState[]; readonly endedAt: string }) {
  const rows = states.map(({ name, time }, index) => {
    const until = states[index + 1]?.time ?? endedAt;
    return { name: sentenceCase(name), stayed: Date.parse(until) - Date.parse(time) };
  });
  return (
    <section class="panel" aria-labelledby="states">
      <h2 id="states">States</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col" class="figure">
              Time in it
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, stayed }, index) => (
            <tr key={index}>
              <td>{name}</td>
              <td class="figure">{duration(stayed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Waits({ call: { latency } }: { readonly call: FinishedCall }) {
  if (!latency) return null;
  const kinds: readonly (readonly [string, Delays | null])[] = [
    ['Answer', latency.response_ms],
    ['Quiet when cut off', latency.interruption_ms],
    ['Voice model', latency.model_ms],
    ['Marks late by', latency.mark_lag_ms],
  ];
  return (
    <section class="panel" aria-labelledby="waits">
      <h2 id="waits">What the caller waited for</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Delay</th>
            <th scope="col" class="figure">
              Median
            </th>
            <th scope="col" class="figure">
              Longest
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>Greeting</td>
            <td class="figure">{delay(latency.greeting_ms)}</td>
            <td class="figure">{delay(latency.greeting_ms)}</td>
          </tr>
          {kinds.map(([name, delays]) => (
            <tr key={name}>
              <td>{name}</td>
              <td class="figure">{delay(delays?.median ?? null)}</td>
              <td class="figure">{delay(delays?.max ?? null)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
