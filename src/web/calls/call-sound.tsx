import { useAnswer } from '../shell/answer.js';
import type { Waveform } from '../shell/answers.js';
import { duration } from '../shell/format.js';

const HEIGHT = 100;
const MIDDLE = HEIGHT / 2;

/** How loud both sides of a call were, as a picture; nothing where no recording of it is kept. */
export function CallSound({ callSid }: { readonly callSid: string }) {
  const { value } = useAnswer<{ readonly waveform: Waveform | null }>(`/api/calls/${callSid}/waveform`);
  return value?.waveform ? <Sound waveform={value.waveform} /> : null;
}

function Sound({ waveform }: { readonly waveform: Waveform }) {
  const { caller, agent, step_ms: stepMs, duration_ms: length, keys_ms: keys, cuts_ms: cuts } = waveform;
  const steps = Math.max(1, caller.length);
  return (
    <section class="panel sound" aria-labelledby="sound">
      <h2 id="sound">How it sounded</h2>
      <svg
        class="sound-picture"
        viewBox={`0 0 ${steps} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`How loud the caller and the agent were in ${duration(length)}; ${told(keys.length, cuts.length)}`}
      >
        <path class="sound-middle" d={`M0 ${MIDDLE}H${steps}`} />
        <path class="sound-caller" d={bars(caller, -1)} />
        <path class="sound-agent" d={bars(agent, 1)} />
        <path class="sound-key" d={lines(keys, stepMs, 0, 14)} />
        <path class="sound-cut" d={lines(cuts, stepMs, 0, HEIGHT)} />
      </svg>
      <p class="sound-scale" aria-hidden="true">
        <span>0:00</span>
        <span>{duration(length / 2)}</span>
        <span>{duration(length)}</span>
      </p>
      <p class="sound-names" aria-hidden="true">
        <span class="sound-name-caller">Caller, above</span>
        <span class="sound-name-agent">Agent, below</span>
        {keys.length > 0 && <span class="sound-name-key">Key</span>}
        {cuts.length > 0 && <span class="sound-name-cut">Agent cut off</span>}
      </p>
      <Moments keys={keys} cuts={cuts} />
    </section>
  );
}

function told(keys: number, cuts: number): string {
  return `keys pressed: ${keys}, agent cut off: ${cuts}`;
}

/** Levels as bars on the middle line: up with -1, down with 1. */
function bars(levels: readonly number[], way: 1 | -1): string {
  return levels
    .map((level, step) => (level > 0 ? `M${step} ${MIDDLE}h1v${(way * level * MIDDLE) / 100}h-1z` : ''))
    .join('');
}

function lines(times: readonly number[], stepMs: number, from: number, to: number): string {
  return times.map((time) => `M${(time / stepMs).toFixed(1)} ${from}V${to}`).join('');
}

function Moments({ keys, cuts }: { readonly keys: readonly number[]; readonly cuts: readonly number[] }) {
  const moments = [
    ...keys.map((at) => ({ at, what: 'Key pressed' })),
    ...cuts.map((at) => ({ at, what: 'Agent cut off' })),
  ].sort((one, other) => one.at - other.at);
  if (moments.length === 0) return null;
  return (
    <details>
      <summary>Keys and interruptions</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col" class="figure">
              After
            </th>
          </tr>
        </thead>
        <tbody>
          {moments.map(({ at, what }, index) => (
            <tr key={index}>
              <td>{what}</td>
              <td class="figure">{duration(at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
