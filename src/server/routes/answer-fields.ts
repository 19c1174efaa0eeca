import { z } from 'zod';

// What fields of answers have in common, for the schemas of answers.

export const Id = z.int().positive().describe('an id');
/** With an offset: the shop's, or `Z`. */
export const Time = z.iso.datetime({ offset: true }).describe('ISO 8601 with its offset');
export const Count = z.int().min(0);
export const Milliseconds = z.number().min(0);
export const CallerNumber = z
  .string()
  .describe("the caller's number in E.164, or what Twilio sent for one without a number");
export const CallSid = z
  .string()
  .regex(/^CA[0-9a-fA-F]{32}$/)
  .describe('the call, as Twilio names it');

/** Every refusal. */
export const ErrorAnswer = z
  .object({ error: z.string().describe('a sentence that says what is wrong and what to do') })
  .meta({
    id: 'Error',
    description: 'A refusal.',
    examples: [{ error: 'There is no customer with this id.' }],
  });
