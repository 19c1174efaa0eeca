import type { Service } from '../shell/answers.js';
import { changesOf } from '../shell/changes.js';

/** The gateway takes the list as a whole, and others change it too: each change is made to the list as it is stored then. */
export type ListChange = (services: readonly Service[]) => readonly Service[];

/** What is typed of a service. */
export type ServiceFields = Omit<Service, 'type'>;

/** One place up (-1) or down (1); the same list where there is no such place, or no such service any more. */
export function moved(services: readonly Service[], type: string, by: -1 | 1): readonly Service[] {
  const from = services.findIndex((service) => service.type === type);
  const [service, to] = [services[from], from + by];
  if (!service || to < 0 || to >= services.length) return services;
  return services.toSpliced(from, 1).toSpliced(to, 0, service);
}

/** With a new service at the end. Throws a sentence for a name that gives none for programs. */
export function added(services: readonly Service[], typed: ServiceFields): readonly Service[] {
  const type = typeFor(
    typed.name,
    services.map((service) => service.type),
  );
  if (type === '') throw new Error('The name needs a letter from A to Z.');
  return [...services, { type, ...typed }];
}

/** With what somebody has changed of a service as it was opened. Throws a sentence when the list has it no longer. */
export function edited(
  services: readonly Service[],
  opened: Service,
  typed: ServiceFields,
): readonly Service[] {
  const at = services.findIndex(({ type }) => type === opened.type);
  const stored = services[at];
  if (!stored) throw new Error('Somebody else has removed this service meanwhile.');
  return services.with(at, { ...stored, ...changesOf<ServiceFields>(opened, typed) });
}

/** Without a service. */
export function without(services: readonly Service[], type: string): readonly Service[] {
  return services.filter((service) => service.type !== type);
}

/** A name for programs that no other service has: `Brake service` gives `brake_service`, then `brake_service_b`. Empty for a name without a letter from a to z. */
export function typeFor(name: string, others: readonly string[]): string {
  const plain = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 36)
    .replace(/_+$/, '');
  if (plain === '' || !others.includes(plain)) return plain;
  for (let letter = 98; letter <= 122; letter++) {
    const type = `${plain}_${String.fromCharCode(letter)}`;
    if (!others.includes(type)) return type;
  }
  return '';
}

/** Dollars and cents as they are typed, in cents: `49.95`, `1,200`, `$30`. Null for nothing typed; undefined for what is no price. */
export function centsOf(text: string): number | null | undefined {
  const plain = text.trim().replace(/^\$\s*/, '');
  if (plain === '') return null;
  const found = /^(\d{1,3}(?:,\d{3})+|\d{1,7})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!found) return undefined;
  const [, dollars = '', cents = ''] = found;
  return Number(dollars.replaceAll(',', '')) * 100 + Number(cents.padEnd(2, '0'));
}

/** As it is typed: `49.95`; empty for none. */
export function priceText(cents: number | null): string {
  return cents === null ? '' : (cents / 100).toFixed(2);
}

/** Bays as they are typed, `1, 3`: null for nothing typed, which is any bay; undefined for what names none. */
export function baysOf(text: string): number[] | null | undefined {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  if (parts.length === 0) return null;
  const bays = parts.map(Number);
  return bays.every((bay) => Number.isInteger(bay) && bay > 0) ? [...new Set(bays)] : undefined;
}
