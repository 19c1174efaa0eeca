import { useSignal } from '@preact/signals';
import type { Answering, LiveCall } from '../shell/answers.js';
import { connection, liveCalls } from '../shell/events.js';
import { Empty, Fault } from '../shell/parts/notice.js';
import { SentChoice } from '../shell/parts/sent-choice.js';
import { announce } from '../shell/parts/toast.js';
import { changeShop, shop } from '../shell/shop.js';
import { useWork, type Work } from '../shell/work.js';
import { CallCard } from './call-card.js';
import './line-view.css';
import { type StaffAction, StaffDialog } from './staff-dialog.js';

const ANSWERING: readonly { readonly value: Answering; readonly name: string }[] = [
  { value: 'agent', name: 'Agent answers' },
  { value: 'forward', name: 'Put through' },
  { value: 'closed', name: 'Closed' },
];

/** The calls now, each as a card that stays in its place. */
export function LineView() {
  const asked = useSignal<{ readonly action: StaffAction; readonly call: LiveCall } | null>(null);
  const places = liveCalls.places.value;
  const work = useWork();
  return (
    <section class="view">
      <div class="view-head">
        <div class="view-title">
          <h1>Line</h1>
          <p class="muted" role="status">
            {countOf(liveCalls.count.value)}
          </p>
        </div>
        <AnsweringSwitch work={work} />
      </div>
      <Fault sentence={work.fault.value} />
      {places.length === 0 ? (
        <Empty>
          {connection.value === 'connecting'
            ? 'Asking for the calls…'
            : 'Calls appear here while they are going on.'}
        </Empty>
      ) : (
        <ul class="line-cards">
          {places.map((place, index) => (
            <li key={index}>
              <CallCard
                key={place.callSid}
                place={place}
                onAct={(action) => {
                  asked.value = { action, call: place.call.peek() };
                }}
              />
            </li>
          ))}
        </ul>
      )}
      {asked.value && (
        <StaffDialog
          {...asked.value}
          onClose={() => {
            asked.value = null;
          }}
        />
      )}
    </section>
  );
}

function countOf(count: number): string {
  return count === 0 ? 'No call now' : count === 1 ? '1 call now' : `${count} calls now`;
}

/** What happens with calls that begin from now on. */
function AnsweringSwitch({ work }: { readonly work: Work }) {
  const settings = shop.value;
  if (!settings) return null;
  return (
    <SentChoice
      label="New calls"
      options={ANSWERING}
      value={settings.answering}
      isDisabled={settings.locked.includes('answering')}
      work={work}
      send={choose}
    />
  );
}

async function choose(answering: Answering): Promise<void> {
  await changeShop({ answering });
  const name = ANSWERING.find(({ value }) => value === answering)?.name;
  announce(`New calls: ${name?.toLowerCase()}.`);
}
