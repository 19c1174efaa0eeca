import { signal, useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { duration, sentenceCase } from '../shell/format.js';
import { Icon } from '../shell/parts/icon.js';
import { Fault } from '../shell/parts/notice.js';
import { CallerForm, callerChoice } from './caller-form.js';
import { Conversation } from './conversation.js';
import { Keypad } from './keypad.js';
import { LineFacts } from './line-facts.js';
import { PhoneCall } from './phone-call.js';
import './phone-view.css';

/** The call from this page, or the last one; it goes on while other views are looked at. */
const call = signal<PhoneCall | null>(null);

/** A telephone that speaks to the gateway as Twilio does. */
export function PhoneView() {
  const current = call.value;
  const phase = current?.phase.value ?? 'over';
  const fault = useSignal<string | null>(null);
  const press = useCallback((digit: string) => call.peek()?.press(digit), []);
  const begin = () => {
    try {
      fault.value = null;
      call.value = new PhoneCall(callerChoice());
    } catch (error) {
      fault.value = `This browser cannot place the call: ${String(error)}`;
    }
  };
  return (
    <section class="view phone-view">
      <header class="view-head">
        <h1>Phone</h1>
        <p class="muted phone-about">
          A test call: the agent is real, nobody else is rung, and no figure counts it.
        </p>
      </header>
      <Fault sentence={fault.value} />
      <div class="phone-set">
        <div class="panel phone-top">
          {phase === 'over' ? <CallerForm /> : current && <OnCall call={current} />}
        </div>
        <Conversation call={current} />
        <div class="panel phone-keys">
          <Keypad isOn={phase === 'talking'} onPress={press} />
          {phase === 'over' ? (
            <button type="button" class="call-button" onClick={begin}>
              <Icon name="phone" /> Call
            </button>
          ) : (
            // The second click of a double click on "Call" does not hang up.
            <button
              type="button"
              class="call-button hang-up"
              onClick={({ detail }) => detail < 2 && current?.hangUp()}
            >
              <Icon name="phone-off" /> Hang up
            </button>
          )}
        </div>
      </div>
      {current && phase === 'over' && <Left call={current} />}
      {current && <LineFacts key={current.number} call={current} />}
    </section>
  );
}

function OnCall({ call }: { readonly call: PhoneCall }) {
  const { words, sound } = call;
  const microphone = call.microphone.value;
  const isOn = microphone?.status === 'on';
  return (
    <>
      <div class="on-call">
        <div>
          <p class="on-call-time">
            <CallTime since={call.startedAt.value} />
          </p>
          <p class="muted" aria-live="polite">
            {call.phase.value === 'calling' ? 'Calling' : sentenceCase(words.state.value)}
          </p>
        </div>
        <button
          type="button"
          class="mute"
          aria-pressed={call.isMuted.value}
          disabled={!isOn}
          onClick={() => call.mute(!call.isMuted.value)}
        >
          <Icon name={isOn && !call.isMuted.value ? 'mic' : 'mic-off'} /> Mute
        </button>
      </div>
      <p class="microphone-note" role="status">
        {sound.isSilent.value && 'This browser has no speaker: read what the agent says, and press keys. '}
        {sound.isInterrupted.value && 'Another call is using the sound of this device. '}
        {microphone === null &&
          'Waiting for permission to use the microphone. Keys and listening already work.'}
        {microphone?.status === 'off' && microphone.why}
        {isOn &&
          !sound.isSilent.value &&
          'Speak or press keys. With a headset the agent does not hear itself.'}
      </p>
    </>
  );
}

function CallTime({ since }: { readonly since: number | null }) {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 250);
    return () => clearInterval(timer);
  }, [now]);
  return <>{since === null ? '0:00' : duration(now.value - since)}</>;
}

/** What is left of a call: what the shop keeps of it, and its recording. */
function Left({ call }: { readonly call: PhoneCall }) {
  const sid = call.callSid.value;
  const kept = call.kept.value;
  if (call.startedAt.value === null || sid === null) return null;
  return (
    <section class="panel call-left" aria-label="What is left of the call" aria-live="polite">
      <p>{kept ? (kept.summary ?? sentenceCase(kept.outcome)) : 'The call is being saved.'}</p>
      <div class="buttons">
        {kept?.outcome === 'booked' && (
          <a class="button" href="/today">
            See it on Today
          </a>
        )}
        <a class="button" href={`/calls/${sid}`}>
          Look at the call
        </a>
        <a class="button" href={`/api/phone/${sid}/recording`} download={`${sid}.ndjson`}>
          <Icon name="save" /> Save as fixture
        </a>
      </div>
    </section>
  );
}
