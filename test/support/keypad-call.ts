import { vi } from 'vitest';
import { KeypadAgent, type KeypadAgentOptions } from '../../src/agents/keypad/keypad-agent.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Customer } from '../../src/customers/customer.js';
import type { CallerAppointment } from '../../src/desk/desk.js';
import type { SpokenPiece } from '../../src/twilio/spoken-piece.js';
import { MemoryCallerDesk } from './memory-caller-desk.js';
import { menuContext } from './menu-walks.js';
import { ScriptedCallControl, type ScriptedCaller } from './scripted-call-control.js';

export const NINE = '2026-11-24T09:00:00-06:00';
export const TEN = '2026-11-24T10:00:00-06:00';

export const ANNA: Customer = {
  id: 5,
  phone_number: '+15125550123',
  first_name: 'Anna',
  last_name: 'Berg',
  email: null,
  vehicles: [
    { id: 3, make: 'Honda', model: 'Civic', year: 2019, vin: null },
    { id: 4, make: 'Ford', model: 'Transit', year: null, vin: null },
  ],
  upcoming_appointments: [],
  last_service_date: null,
};

/** Of Anna's; a call that hears it has proved that it is hers. */
export const BRAKES_AT_TEN: CallerAppointment = {
  id: 1,
  service_type: 'brakes',
  date: TEN,
  status: 'booked',
  vehicle: null,
  may_change: true,
};

export const piece = (text: string): SpokenPiece => ({ text, audio: Buffer.alloc(160) });

export interface Setting extends ScriptedCaller {
  readonly canTransfer?: boolean;
  readonly speak?: KeypadAgentOptions['speak'];
  readonly isBreak?: boolean;
}

/** A touch-tone call that is about to begin; tests run it on fake timers. */
export function ring({ canTransfer = true, speak = piece, isBreak = true, ...caller }: Setting = {}) {
  const control = new ScriptedCallControl(caller);
  const desk = new MemoryCallerDesk([NINE, TEN], control);
  const shop = menuContext(canTransfer);
  const agent = new KeypadAgent({ control, desk, speak, shop, isBreak, logger: silentLogger() });
  /** Presses keys one after the other, each when everything before it was said and answered. */
  const press = async (keys: string) => {
    for (const key of keys) {
      control.press(agent, key);
      await vi.advanceTimersByTimeAsync(1);
    }
  };
  return { control, desk, agent, press };
}

/** The same, with the greeting said. */
export async function answered(setting: Setting = {}) {
  const rung = ring(setting);
  rung.agent.start(false);
  await vi.advanceTimersByTimeAsync(1);
  return rung;
}
