import { newSid } from '../../packages/twilio-simulator/src/call-form.js';
import type { GatewayProcess } from '../../test/support/gateway-process.js';
import { cutsOf } from '../../test/support/spliced-forms.js';
import type { DrillRow } from '../drill-topic.js';
import { claimsIn, inTurns, PUBLIC_URL, post, signatureOf, voiceForm } from './attacked-gateway.js';

/** Every pair of neighbours in the signed text cut at another place: one name or value longer or shorter. */
export async function recutForms(gateway: GatewayProcess): Promise<DrillRow> {
  const form = voiceForm({ ForwardedFrom: '+15125550111', StirVerstat: 'TN-Validation-Passed-A' });
  let [sent, refused, same, unproved] = [0, 0, 0, 0];
  const others: string[] = [];
  const cuts = [...recuts(form), ...cutsOf(form)];
  await inTurns(cuts.length, 10, async (n) => {
    const own = ownNames(n);
    const [cut, whole] = [renamed(cuts[n] ?? {}, form, own), renamed(form, form, own)];
    if (signatureOf(PUBLIC_URL, cut) !== signatureOf(PUBLIC_URL, whole)) return;
    sent += 1;
    const { status, text } = await post(gateway, '/twilio/voice', cut, whole);
    const claims = claimsIn(text);
    if (status === 400 && text.startsWith('The parameter CallSid is ')) refused += 1;
    else if (status === 200 && claims?.callSid === own.CallSid && claims.attestation === null) unproved += 1;
    else if (claims?.callSid === own.CallSid && claims?.from === own.From) same += 1;
    else others.push(`${status} ${Object.keys(cut).join(' ')}`);
  });
  return {
    fault: `${sent} forms cut up anew under the same signature, one with ForwardedFrom as From`,
    required: 'none names another call, none another caller as attested; none is refused that has its call',
    seen: `${refused} without their call refused, ${unproved} answered without attestation, ${same} read as they were, ${others.length} otherwise ${others.slice(0, 2).join('; ')}`,
    held: sent > 200 && others.length === 0,
  };
}

type Form = Readonly<Record<string, string>>;

// A call and numbers of its own for each cut: all would be given the first one's answer, and one number has three calls at most.
function ownNames(n: number) {
  const line = String(2_000_000 + n);
  return { CallSid: newSid('CA'), From: `+1512${line}`, ForwardedFrom: `+1513${line}` };
}

function renamed(cut: Form, form: Form, own: Form): Record<string, string> {
  const named = (text: string) =>
    Object.entries(own).reduce((so, [name, value]) => so.replaceAll(form[name] ?? name, value), text);
  return Object.fromEntries(Object.entries(cut).map(([name, value]) => [named(name), named(value)]));
}

/** Forms with the same signed text: for each place of the text, the cut before it moved there. */
function recuts(form: Readonly<Record<string, string>>): Record<string, string>[] {
  const pairs = Object.keys(form)
    .sort()
    .map((name) => [name, form[name] ?? ''] as const);
  const forms: Record<string, string>[] = [];
  for (const [n, [name, value]] of pairs.entries()) {
    const [rest, text] = [Object.fromEntries(pairs.filter((_, at) => at !== n)), name + value];
    for (let cut = 1; cut <= text.length; cut += 3)
      forms.push({ ...rest, [text.slice(0, cut)]: text.slice(cut) });
    const [next] = pairs.slice(n + 1);
    if (!next) continue;
    const both = Object.fromEntries(pairs.filter((_, at) => at !== n && at !== n + 1));
    const joined = value + next[0] + next[1];
    forms.push({ ...both, [name]: joined });
    for (let cut = 0; cut < joined.length; cut += 1)
      for (const end of [1, 4, 8, 16]) {
        const [second, last] = [joined.slice(cut, cut + end), joined.slice(cut + end)];
        if (second !== '') forms.push({ ...both, [name]: joined.slice(0, cut), [second]: last });
      }
  }
  const { Direction: direction = '', ForwardedFrom: forwarded = '', From: from = '', ...others } = form;
  forms.push({ ...others, Direction: `${direction}Forwarded`, From: forwarded, [`From${from}`]: '' });
  forms.push({ ...others, Direction: direction, Forwarded: '', From: forwarded, [`From${from}`]: '' });
  return forms;
}
