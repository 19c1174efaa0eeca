import { randomUUID } from 'node:crypto';
import type { Customer } from '../../src/customers/customer.js';
import type { CallAtDesk } from '../../src/desk/caller.js';
import { isAttested } from '../../src/desk/identity.js';
import type { SessionChange } from '../../src/sessions/live-session.js';
import type { Session } from '../../src/sessions/session.js';
import { newSession } from '../../src/sessions/stored-session.js';

export interface CallAtDeskOptions {
  readonly phone?: string;
  /** As `StirVerstat` says; `attested` says it in short. */
  readonly stir?: string | null;
  readonly attested?: boolean;
  /** Whom the number belongs to. */
  readonly customer?: Customer | null;
  readonly session?: Partial<Session>;
}

/** A new call at the desk with a CallSid of its own, its session in memory; the customer of its number is known by now. */
export function callAtDesk(options: CallAtDeskOptions = {}): CallAtDesk {
  const { phone = '+15125550123', stir = null, customer = null, session = {} } = options;
  const callSid = `CA${randomUUID().replaceAll('-', '')}`;
  let data: Session = {
    ...newSession({ callSid, streamSid: 'MZ1', callerPhone: phone, attestation: stir }),
    customer_id: customer?.id ?? null,
    ...session,
  };
  return {
    caller: { phone, attested: options.attested ?? isAttested(stir), customer: Promise.resolve(customer) },
    session: {
      get data() {
        return data;
      },
      change: (change: SessionChange) => {
        data = { ...data, ...change };
      },
    },
  };
}
