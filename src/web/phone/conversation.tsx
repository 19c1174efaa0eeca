import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Icon } from '../shell/parts/icon.js';
import type { Bubble } from './call-words.js';
import type { PhoneCall } from './phone-call.js';

/** Nearer to the end than this, the newest words stay in sight. */
const NEAR_PX = 80;

/** What both sides say, as it is said; at its end how the call ended. */
export function Conversation({ call }: { readonly call: PhoneCall | null }) {
  return (
    <section class="panel conversation" aria-label="Conversation">
      {call ? <Words key={call.number} call={call} /> : <Nothing />}
    </section>
  );
}

function Nothing() {
  return (
    <p class="conversation-empty muted">
      Press Call. What the agent says is heard, and stands here; answer with the keys, or speak.
    </p>
  );
}

function Words({ call }: { readonly call: PhoneCall }) {
  const box = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    call.words.bubbles.value;
    call.ending.value;
    const { current } = box;
    if (!current) return;
    const below = current.scrollHeight - current.scrollTop - current.clientHeight;
    if (below < NEAR_PX) requestAnimationFrame(() => current.scrollTo({ top: current.scrollHeight }));
  });
  const bubbles = call.words.bubbles.value;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard
    <div class="bubbles" role="log" aria-label="What is said" tabIndex={0} ref={box}>
      {bubbles.map((bubble) => (
        <Said key={bubble.id} bubble={bubble} />
      ))}
      {call.ending.value && (
        <p class="ending">
          <Icon name="phone-off" /> {call.ending.value}
        </p>
      )}
    </div>
  );
}

const WHO = { agent: 'Agent', caller: 'You', key: 'You pressed' };

function Said({ bubble: { who, text, isCut } }: { readonly bubble: Bubble }) {
  return (
    <p class={`bubble bubble-${who}`}>
      <span class="sr-only">{WHO[who]}: </span>
      {who === 'key' ? text.split(' ').map((digit, place) => <kbd key={place}>{digit}</kbd>) : text}
      {isCut && <span class="cut"> cut off</span>}
    </p>
  );
}
