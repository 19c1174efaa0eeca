import { z } from 'zod';

// What fields have in common, for the schemas of what rooms give and the API answers.

/** A value as a schema makes it, which nobody changes. */
export type Unchanged<T> = T extends readonly (infer Item)[]
  ? readonly Unchanged<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Unchanged<T[Key]> }
    : T;

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
