import { type ReadonlySignal, type Signal, signal, useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { LiveCall, Turn } from '../shell/answers.js';
import { gatewayNow } from '../shell/clock.js';
import { clockTime, duration, maskedNumber, sentenceCase, shortDay } from '../shell/format.js';
import { type LinePlace, sayingNow } from '../shell/live-calls.js';
import { CallerNumber } from '../shell/parts/caller-number.js';
import { serviceName } from '../shell/shop.js';
import { stepsOf } from './call-steps.js';
import type { StaffAction } from './staff-dialog.js';

/** So many turns of a conversation are on a card; all of them are in the call's transcript later. */
const LATEST_TURNS = 12;

/** Milliseconds since 1970 by the gateway's clock, a new value each second. */
const clock = signal(gatewayNow());
setInterval(() => {
  clock.value = gatewayNow();
}, 1_000);

interface CallCardProps {
  readonly place: LinePlace;
  readonly onAct: (action: StaffAction) => void;
}

/** One call. Its parts read what they show of the call themselves, so that a change renders no more than it must. */
export function CallCard({ place, onAct }: CallCardProps) {
  const { call, endedAt } = place;
  const isOver = endedAt.value !== null;
  const { caller_phone, test } = call.peek();
  const caller = maskedNumber(caller_phone);
  return (
    <article
      class={isOver ? 'panel call-card is-over' : 'panel call-card'}
      data-call={place.callSid}
      aria-label={`Call of ${caller}`}
    >
      <header class="call-head">
        <h2>
          <CallerNumber number={caller_phone} />
        </h2>
        <span>
          {test && <span class="tag">Test</span>} <Length place={place} />
        </span>
      </header>
      <Steps call={call} />
      <Words place={place} />
      <Speaker place={place} />
      <Facts call={call} />
      <Foot place={place} onAct={onAct} />
    </article>
  );
}

function Foot({ place, onAct }: CallCardProps) {
  const intervention = useComputed(() => place.call.value.intervention?.kind);
  const { caller_phone } = place.call.peek();
  const caller = maskedNumber(caller_phone);
  if (place.endedAt.value !== null) {
    return (
      <footer class="call-foot">
        <a class="button" href={`/calls/${place.callSid}`}>
          Transcript
        </a>
      </footer>
    );
  }
  const isTaken = intervention.value !== undefined;
  return (
    <footer class="call-foot">
      <button
        type="button"
        aria-label={`Take over ${caller}`}
        disabled={isTaken}
        onClick={() => onAct('transfer')}
      >
        Take over
      </button>
      <button
        type="button"
        class="danger"
        aria-label={`End call of ${caller}`}
        disabled={isTaken}
        onClick={() => onAct('end')}
      >
        End call
      </button>
    </footer>
  );
}

function Length({ place }: { readonly place: LinePlace }) {
  const began = Date.parse(place.call.peek().created_at);
  const text = useComputed(() => duration((place.endedAt.value ?? clock.value) - began));
  return <span class="call-time">{text}</span>;
}

function Steps({ call }: { readonly call: Signal<LiveCall> }) {
  const path = useComputed(
    () => `${call.value.current_state} ${call.value.states.map(({ name }) => name).join(' ')}`,
  );
  const [now = '', ...passed] = path.value.split(' ');
  return (
    <ol class="call-steps" aria-label="Progress of the call">
      {stepsOf(now, passed).map(({ name, is }) => (
        <li
          key={name}
          class={`call-step${is === 'now' ? ' is-now' : is === 'passed' ? ' is-passed' : ''}`}
          {...(is === 'now' ? { 'aria-current': 'step' } : {})}
        >
          {name}
        </li>
      ))}
    </ol>
  );
}

function Words({ place }: { readonly place: LinePlace }) {
  const turns = useTurns(place.call);
  const latest = turns.value.slice(-LATEST_TURNS);
  const first = turns.value.length - latest.length;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section class="call-words" aria-label="What is said" tabIndex={0}>
      <div class="call-turns">
        {latest.map((turn, index) => (
          <Said key={first + index} turn={turn} />
        ))}
        <SaidNow place={place} />
      </div>
    </section>
  );
}

/** The agent's words as they are played; when all of them have been heard, or were cut off, a turn takes their place. */
function SaidNow({ place }: { readonly place: LinePlace }) {
  const text = useComputed(() => sayingNow(place)).value;
  if (text === '') return null;
  return (
    <p class="said said-assistant said-now">
      <span class="sr-only">Agent, speaking: </span>
      {text}
    </p>
  );
}

/** What is said, the same list as long as nothing was added: each message has the whole conversation anew. */
function useTurns(call: Signal<LiveCall>): ReadonlySignal<readonly Turn[]> {
  const shown = useRef<readonly Turn[]>([]);
  return useComputed(() => {
    const turns = call.value.conversation_history;
    const [last, before] = [turns.at(-1), shown.current.at(-1)];
    const isSame = last?.content === before?.content && last?.interrupted === before?.interrupted;
    if (turns.length !== shown.current.length || !isSame) shown.current = turns;
    return shown.current;
  });
}

function Said({ turn }: { readonly turn: Turn }) {
  const speaker = turn.role === 'user' ? 'Caller' : turn.role === 'assistant' ? 'Agent' : 'Done';
  return (
    <p class={`said said-${turn.role}${turn.interrupted ? ' said-cut' : ''}`}>
      <span class="sr-only">{speaker}: </span>
      {turn.content}
    </p>
  );
}

function Speaker({ place }: { readonly place: LinePlace }) {
  const isSpeaking = useComputed(() => place.endedAt.value === null && place.call.value.speaking);
  const isOver = place.endedAt.value !== null;
  const taken = useComputed(() => takenWords(place.call.value.intervention));
  const goesOn = isSpeaking.value ? 'Agent is speaking' : 'Listening to the caller';
  const text = taken.value ?? (isOver ? 'The call is over' : goesOn);
  return (
    <p class={isSpeaking.value ? 'call-speaker is-speaking' : 'call-speaker'}>
      <span class="speaking-bars" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {text}
    </p>
  );
}

function takenWords(intervention: LiveCall['intervention']): string | null {
  if (intervention === undefined) return null;
  const who = intervention.by ?? 'Another desk';
  if (intervention.kind === 'time_limit') return 'Ended: its time was over';
  return intervention.kind === 'transfer' ? `${who} took it over` : `${who} ended it`;
}

function Facts({ call }: { readonly call: Signal<LiveCall> }) {
  const facts = useComputed(() => factsOf(call.value).join('\n'));
  return (
    <ul class="call-facts" aria-label="What is known">
      {facts.value.split('\n').map((fact) => (
        <li key={fact} class={fact === 'Urgent' ? 'tag bad' : 'tag'}>
          {fact}
        </li>
      ))}
    </ul>
  );
}

/** What the call has collected so far, in the order in which it matters to staff. */
function factsOf({ collected_data, intent }: LiveCall): string[] {
  const { urgent, service_type, appointment_time } = collected_data;
  const facts = [
    urgent === true ? 'Urgent' : null,
    typeof service_type === 'string' ? sentenceCase(serviceName(service_type)) : null,
    typeof appointment_time === 'string'
      ? `${shortDay(appointment_time)}, ${clockTime(appointment_time)}`
      : null,
    intent === null ? null : sentenceCase(intent),
  ].filter((fact) => fact !== null);
  return facts.length > 0 ? facts : ['Nothing yet'];
}
