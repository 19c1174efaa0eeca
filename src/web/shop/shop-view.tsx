import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { AnswerOf } from '../../server/routes/operation.js';
import type { SHOP } from '../../server/routes/shop.js';
import { useAnswer } from '../shell/answer.js';
import type { Answering, ShopSettings } from '../shell/answers.js';
import { ask } from '../shell/api.js';
import { Fault } from '../shell/parts/notice.js';
import { SentChoice } from '../shell/parts/sent-choice.js';
import { shop } from '../shell/shop.js';
import { useWork } from '../shell/work.js';
import { CalendarAddress } from './calendar-address.js';
import { Closures } from './closures.js';
import { type Conflict, Conflicts } from './conflicts.js';
import { Services } from './services.js';
import { ABOUT, type ChangeSettings, RULES } from './settings.js';
import { SettingsForm } from './settings-form.js';
import '../shell/style/forms.css';
import './shop.css';

/** The settings after a change, with the appointments that have no place by them. */
type ChangedSettings = AnswerOf<typeof SHOP.change>;

/** The shop's own rules. */
export function ShopView() {
  const { value: settings, error, replace } = useAnswer<ShopSettings>('/api/shop');
  const told = useMemo(() => new Set<number>(), []);
  const displaced = useSignal<readonly Conflict[]>([]);
  const change: ChangeSettings = async (changed) => {
    const { conflicts, ...now } = await ask<ChangedSettings>('/api/shop', { method: 'PATCH', body: changed });
    replace(now);
    shop.value = now;
    // Each is told once: a further change has them all again.
    displaced.value = conflicts.filter(({ id }) => !told.has(id));
    for (const { id } of conflicts) told.add(id);
  };
  return (
    <section class="view">
      <header class="view-head">
        <h1>Shop</h1>
      </header>
      <Fault sentence={error} />
      {settings && (
        <div class="shop-panels">
          <div class="shop-column">
            <WhoAnswers settings={settings} change={change} />
            <SettingsForm title="The shop" fields={ABOUT} settings={settings} change={change} />
            <SettingsForm title="What callers may book" fields={RULES} settings={settings} change={change} />
          </div>
          <div class="shop-column">
            <Services settings={settings} change={change} />
            <Closures bays={settings.bays} />
            <CalendarAddress />
          </div>
        </div>
      )}
      {displaced.value.length > 0 && (
        <Conflicts
          what="The change"
          conflicts={displaced.value}
          onClose={() => {
            displaced.value = [];
          }}
        />
      )}
    </section>
  );
}

const ANSWERING: readonly { readonly value: Answering; readonly name: string; readonly means: string }[] = [
  { value: 'agent', name: 'Agent', means: 'The agent answers every call, day and night.' },
  {
    value: 'forward',
    name: 'Put through',
    means: 'Every call is put through to your number; the agent does not answer.',
  },
  {
    value: 'closed',
    name: 'Closed',
    means: 'Callers hear that the shop is closed and when it opens next.',
  },
];

function WhoAnswers({
  settings,
  change,
}: {
  readonly settings: ShopSettings;
  readonly change: ChangeSettings;
}) {
  const work = useWork();
  const isLocked = settings.locked.includes('answering');
  return (
    <section class="panel form" aria-labelledby="answering">
      <h2 id="answering">Who answers</h2>
      <SentChoice
        label="Who answers"
        options={ANSWERING}
        value={settings.answering}
        isDisabled={isLocked}
        work={work}
        send={(answering) => change({ answering })}
      />
      <p class="field-hint" role="status">
        {ANSWERING.find(({ value }) => value === settings.answering)?.means}
      </p>
      <Fault sentence={work.fault.value} />
    </section>
  );
}
