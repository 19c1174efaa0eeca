import { useSignal } from '@preact/signals';
import type { Service, ShopSettings } from '../shell/answers.js';
import { Icon, IconButton } from '../shell/parts/icon.js';
import { Fault } from '../shell/parts/notice.js';
import { useWork } from '../shell/work.js';
import { ServiceForm } from './service-form.js';
import { moved, priceText } from './service-list.js';
import type { ChangeSettings } from './settings.js';

interface ServicesProps {
  readonly settings: ShopSettings;
  readonly change: ChangeSettings;
}

/** What the shop does, in the order of the menu that callers hear. */
export function Services({ settings: { services, bays }, change }: ServicesProps) {
  const opened = useSignal<number | 'new' | null>(null);
  const { fault, isBusy, run } = useWork();
  const at = opened.value;
  const open = (what: typeof at) => () => {
    opened.value = what;
  };
  const close = open(null);
  const keep = async (list: readonly Service[]) => {
    await change({ services: list });
    close();
  };
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
        onMove={(from, to) => void run(() => keep(moved(services, from, to)))}
        onOpen={(n) => open(n)()}
      />
      {at !== null && (
        <ServiceForm
          service={at === 'new' ? undefined : services[at]}
          others={services.filter((_, n) => n !== at)}
          shopBays={bays}
          onClose={close}
          onKeep={(service) => keep(at === 'new' ? [...services, service] : services.with(at, service))}
          onRemove={() => keep(services.filter((_, n) => n !== at))}
        />
      )}
    </section>
  );
}

interface ServiceRowsProps {
  readonly services: readonly Service[];
  readonly isBusy: boolean;
  readonly onMove: (from: number, to: number) => void;
  readonly onOpen: (n: number) => void;
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
              onClick={() => onMove(n, n - 1)}
            />
            <IconButton
              icon="chevron-down"
              label={`Move ${service.name} down`}
              disabled={n === last || isBusy}
              onClick={() => onMove(n, n + 1)}
            />
            <IconButton icon="pencil" label={`Edit ${service.name}`} onClick={() => onOpen(n)} />
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
