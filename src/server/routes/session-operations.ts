import { z } from 'zod';
import { Time } from './answer-fields.js';
import { words } from './api-input.js';
import { operation } from './operation.js';

const tag = 'Front desk';

export const SessionBody = z.strictObject({
  token: z
    .string({ error: 'must be a text' })
    .min(1, { error: 'must not be empty' })
    .max(1000, { error: 'must have at most 1000 characters' })
    .describe('the ADMIN_TOKEN'),
  name: words(40).nullable().default(null).describe('who works at this desk, for the others to see'),
});

const SessionAnswer = z
  .object({
    signed_in: z.boolean().describe('the rest of the API answers whoever asked this'),
    required: z
      .boolean()
      .describe('whether there is an ADMIN_TOKEN to sign in with; without one this machine is let in'),
    name: z.string().nullable().describe('who has signed in; null: nobody, or without a name'),
    expires_at: Time.nullable().describe('until when the cookie is good; null: there is none'),
  })
  .meta({ id: 'SignIn', description: 'Whether somebody is signed in at the front desk.' });

export const SESSION = {
  get: operation({
    method: 'get',
    path: '/api/session',
    id: 'getSession',
    tag,
    summary: 'Whether who asks is signed in, and whether there is anything to sign in to',
    isOpen: true,
    answer: SessionAnswer,
    example: {},
  }),
  open: operation({
    method: 'post',
    path: '/api/session',
    id: 'signIn',
    tag,
    summary: 'Signs in: sets a cookie that is good for 12 hours at every gateway of the shop',
    details:
      'The cookie is HttpOnly, SameSite=Strict and, behind https, Secure. A changed ADMIN_TOKEN voids it. With it, every write must come with the `Origin` or `Sec-Fetch-Site` that browsers send.',
    isOpen: true,
    body: SessionBody,
    answer: SessionAnswer,
    example: { body: { token: 'a-long-and-secret-token', name: 'Ada' } },
  }),
  close: operation({
    method: 'delete',
    path: '/api/session',
    id: 'signOut',
    tag,
    summary: 'Signs out: the browser forgets the cookie',
    isOpen: true,
    status: 204,
    example: {},
  }),
};
