import { expect, vi } from 'vitest';
import type { TwilioCall } from '../../packages/twilio-simulator/src/twilio-call.js';
import { ONE_MOMENT } from '../../src/agents/keypad/keypad-prompts.js';
import type { Session } from '../../src/sessions/session.js';
import type { TestGateway } from './test-gateway.js';

/** Where a caller is who books by pressing 1 each time. */
export const BOOKING = ['greeting', 'collecting_info', 'booking', 'confirmation'];

type Look = () => Promise<Partial<Session> | null | undefined>;

/**
 * Settles with the session when the caller has heard to its end what is asked in this state: a key that comes while the shop is asked is lost. `answers`: the agent
 * has then spoken so often at least.
 */
export function whenAsked(look: Look, state: string, answers = 1): Promise<Partial<Session>> {
  return vi.waitFor(
    async () => {
      const session = await look();
      expect(session).toMatchObject({ current_state: state, speaking: false });
      const turns = session?.conversation_history ?? [];
      expect(turns.at(-1)).toMatchObject({
        role: 'assistant',
        content: expect.not.stringContaining(ONE_MOMENT),
      });
      expect(turns.filter(({ role }) => role === 'assistant').length).toBeGreaterThanOrEqual(answers);
      return session ?? {};
    },
    { interval: 20 },
  );
}

/** Books what is offered first. Settles when the last key is pressed. */
export async function bookByKeys({ live }: TestGateway, call: TwilioCall): Promise<void> {
  for (const state of BOOKING) {
    await whenAsked(() => live(call.callSid), state);
    call.press('1');
  }
}
