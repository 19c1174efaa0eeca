import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { delay, sentenceCase } from '../shell/format.js';
import type { PhoneCall } from './phone-call.js';
import type { WireLine } from './wire-log.js';

/** Quieter than that, a level shows as nothing. */
const QUIETEST_DB = -54;

/** What the line does, for whoever looks closer: levels, marks, delays and the messages themselves. */
export function LineFacts({ call }: { readonly call: PhoneCall }) {
  return (
    <section class="panel line-facts" aria-label="The line">
      <div class="levels">
        <Level name="You" level={useComputed(() => call.audio.value.caller)} />
        <Level name="Agent" level={useComputed(() => call.audio.value.agent)} />
      </div>
      <Facts call={call} />
      <Wire call={call} />
    </section>
  );
}

/** A bar that follows a level without a new render. */
function Level({ name, level }: { readonly name: string; readonly level: ReadonlySignal<number> }) {
  const bar = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const decibels = 20 * Math.log10(Math.max(level.value, 1e-6));
    const share = Math.max(0, Math.min(1, 1 - decibels / QUIETEST_DB));
    bar.current?.style.setProperty('--level', share.toFixed(3));
  });
  return (
    <div class="level">
      <span>{name}</span>
      <div class="level-track" aria-hidden="true">
        <div class="level-bar" ref={bar} />
      </div>
    </div>
  );
}

function Facts({ call }: { readonly call: PhoneCall }) {
  const { words, sound } = call;
  const marks = useComputed(() => call.audio.value.pendingMarks).value;
  const waiting = useComputed(() => Math.round(call.audio.value.waitingMs / 20) * 20).value;
  const underruns = useComputed(() => call.audio.value.underruns).value;
  return (
    <dl class="phone-facts">
      <Fact name="State">{sentenceCase(words.state.value)}</Fact>
      <Fact name="Agent">{words.isSpeaking.value ? 'Speaking' : 'Silent'}</Fact>
      <Fact name="You are heard">{words.isHeard.value ? 'Yes' : 'No'}</Fact>
      <Fact name="Cut off">{words.interruptions.value}</Fact>
      <Fact name="Answer to a key">{delay(call.answerMs.value)}</Fact>
      <Fact name="Round trip">{delay(call.roundTripMs.value)}</Fact>
      <Fact name="Sound waiting">{`${waiting} ms`}</Fact>
      <Fact name="Marks waiting">{marks}</Fact>
      <Fact name="Speaker delay">{delay(sound.latencySeconds.value * 1000)}</Fact>
      <Fact name="Gaps in the sound">{underruns}</Fact>
      <Fact name="Streams">{call.streams.value}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The newest messages; nothing is drawn while it is folded. */
function Wire({ call }: { readonly call: PhoneCall }) {
  const isOpen = useSignal(false);
  return (
    <details
      class="wire-log"
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>Messages on the wire</summary>
      {isOpen.value && <WireTable lines={call.wire.value} />}
    </details>
  );
}

function WireTable({ lines }: { readonly lines: readonly WireLine[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard
    <section class="wire-scroll" aria-label="Messages" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">From</th>
            <th scope="col">Message</th>
            <th scope="col">Count</th>
          </tr>
        </thead>
        <tbody>
          {lines.toReversed().map(({ id, atMs, way, what, messages, bytes }) => (
            <tr key={id}>
              <td class="figure">{(atMs / 1000).toFixed(3)}</td>
              <td>{way === 'out' ? 'you' : 'gateway'}</td>
              <td>{bytes > 0 ? `${what}, ${(bytes / 8000).toFixed(2)} s` : what}</td>
              <td class="figure">{messages}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
