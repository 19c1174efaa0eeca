import { z } from 'zod';
import { normalizePhone } from '../../../customers/phone-number.js';
import { aboutTheShop } from '../instructions.js';
import { noteState } from './call-progress.js';
import { defineTool, Nothing, optional } from './tool.js';
import { done, refused } from './tool-answer.js';

const LONGEST_MESSAGE = 500;
/** How the turn begins in which the history keeps what a caller has left word of. */
export const MESSAGE_FOR_SHOP = 'Message for the shop: ';

export const tellOfShop = defineTool({
  description: 'Name, opening hours, address and services of the shop.',
  schema: Nothing,
  asksDesk: false,
  work: (_, { shop, control }) => {
    noteState(control.session, null, 'shop_info');
    return done(aboutTheShop(shop));
  },
});

export const leaveMessage = defineTool({
  description:
    'Notes that the shop is to call this caller back, and about what. Use it when you cannot help and nobody can come to the phone.',
  schema: z.strictObject({
    message: z
      .string()
      .min(1)
      .max(LONGEST_MESSAGE)
      .describe('what the caller wants, in one or two sentences'),
    urgent: optional(z.boolean()).describe(
      'true when the car does not drive or is not safe to drive, as the caller says',
    ),
  }),
  asksDesk: false,
  work: ({ message, urgent }, { control, shop }) => {
    const { session, caller } = control;
    if (normalizePhone(caller.phone) === null) {
      return refused(
        `NOT noted: this caller shows no number that the shop could call. ${shop.canTransfer ? 'Offer transfer_to_person, or ask' : 'Ask'} them to call again from a phone that shows its number.`,
      );
    }
    const { collected_data } = session.data;
    const soon = urgent === true ? { urgent } : {};
    session.change({ collected_data: { ...collected_data, callback_requested: true, ...soon } });
    // The transcript is what the shop reads before it rings back.
    const content = `${MESSAGE_FOR_SHOP}${oneLine(message)}`;
    session.addTurn({ role: 'function', content, timestamp: session.timeAt() });
    return done(
      'Noted. Tell the caller that the shop will call back at the number they are calling from. Promise no time.',
    );
  },
});

export const transferToPerson = defineTool({
  description:
    'Puts the caller through to a person at the shop. Use it when they ask for one, are upset, or need what you cannot do.',
  schema: Nothing,
  asksDesk: false,
  work: (_, { control, shop }) => {
    if (!shop.canTransfer) {
      noteState(control.session, null, 'talk_to_person');
      return refused('NOT transferred: nobody can come to the phone. Say so, and offer leave_message.');
    }
    noteState(control.session, 'transferring', 'talk_to_person');
    return done('The caller is put through now. Say nothing more than that you connect them.', {
      kind: 'transfer',
    });
  },
});

export const endCall = defineTool({
  description:
    'Ends the call. Say goodbye first, and use it only when the caller needs nothing more or has said goodbye.',
  schema: Nothing,
  asksDesk: false,
  work: () =>
    done('The call ends when what you have said was heard. Say nothing more than goodbye.', {
      kind: 'hang_up',
    }),
});

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}
