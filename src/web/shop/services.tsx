import { useSignal } from '@preact/signals';
import type { Service, ShopSettings } from '../shell/answers.js';
import { ask } from '../shell/api.js';
import { Icon, IconButton } from '../shell/parts/icon.js';
import { Fault } from '../shell/parts/notice.js';
import { useWork } from '../shell/work.js';
import { ServiceForm } from './service-form.js';
import { added, edited, type ListChange, moved, priceText, without } from './service-list.js';
import type { ChangeSettings } from './settings.js';

interface ServicesProps {
  readonly settings: ShopSettings;
  readonly change: ChangeSettings;
}

/** What the shop does, in the order of the menu that callers hear. */
export function Services({ settings: { services, bays }, change }: ServicesProps) {
  const opened = useSignal<Service | 'new' | null>(null);
  const { fault, isBusy, run } = useWork();
  const shown = opened.value;
  const open = (what: typeof shown) => () => {
    opened.value = what;
  };
  const close = open(null);
  const keep = async (edit: ListChange) => {
    // What this page shows may be hours old.
    const stored = await ask<ShopSettings>('/api/shop');
    await change({ services: edit(stored.services) });
    close();
  };
  const form = { shopBays: bays, onClose: close };
  return (
    <section class="panel form" aria-labelledby="services">
      <header class="panel-head">
        <h2 id="services">Services</h2>
        <button type="button" class="quiet" onClick={open('new')}>
          <Icon name="plus" /> Add
        </button>
      </header>
      <p class="field-hint">
        Callers hear them in this order, eight to a page. Appointments for a removed service stay and keep its
        name.
      </p>
      <Fault sentence={fault.value} />
      <ServiceRows
        services={services}
        isBusy={isBusy.value}
        onMove={({ type }, by) => {
          const pressed = document.activeElement;
          void run(() => keep((list) => moved(list, type, by))).then(() => focusAgain(pressed));
        }}
        onOpen={(service) => open(service)()}
      />
      {shown === 'new' && <ServiceForm {...form} onKeep={(typed) => keep((list) => added(list, typed))} />}
      {shown !== null && shown !== 'new' && (
        <ServiceForm
          {...form}
          service={shown}
          onKeep={(typed) => keep((list) => edited(list, shown, typed))}
          onRemove={services.length > 1 ? () => keep((list) => without(list, shown.type)) : undefined}
        />
      )}
    </section>
  );
}

/** A button that was disabled for a while, or went elsewhere with its row, has lost the focus. */
function focusAgain(button: Element | null): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body && button instanceof HTMLElement) button.focus();
  });
}

interface ServiceRowsProps {
  readonly services: readonly Service[];
  readonly isBusy: boolean;
  readonly onMove: (service: Service, by: -1 | 1) => void;
  readonly onOpen: (service: Service) => void;
}

function ServiceRows({ services, isBusy, onMove, onOpen }: ServiceRowsProps) {
  const last = services.length - 1;
  return (
    <ol class="rows">
      {services.map((service, n) => (
        <li key={service.type}>
          <span class="service-text">
            <strong>{service.name}</strong>
            {!service.bookable && <span class="tag">a person books it</span>}
            <span class="row-more">{factsOf(service)}</span>
          </span>
          <span class="service-tools">
            <IconButton
              icon="chevron-up"
              label={`Move ${service.name} up`}
              disabled={n === 0 || isBusy}
              onClick={() => onMove(service, -1)}
            />
            <IconButton
              icon="chevron-down"
              label={`Move ${service.name} down`}
              disabled={n === last || isBusy}
              onClick={() => onMove(service, 1)}
            />
            <IconButton icon="pencil" label={`Edit ${service.name}`} onClick={() => onOpen(service)} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function factsOf({ minutes, price_cents, bays, after_minutes, carries_over }: Service): string {
  const facts = [
    `${minutes} min`,
    price_cents === null ? null : `$${priceText(price_cents)}`,
    after_minutes > 0 ? `bay kept ${after_minutes} min more` : null,
    bays === null ? null : `only bay ${bays.join(', ')}`,
    carries_over ? 'may go on the next day' : null,
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}
