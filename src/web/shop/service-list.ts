import type { Service } from '../shell/answers.js';

/** The list with the service at `from` at `to`; the same list where one of them is outside of it. */
export function moved(services: readonly Service[], from: number, to: number): readonly Service[] {
  const service = services[from];
  if (!service || to < 0 || to >= services.length) return services;
  return services.toSpliced(from, 1).toSpliced(to, 0, service);
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
