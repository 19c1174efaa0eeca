import type { DrillRow } from '../src/cli/drill-topic.js';
import { cutsOf } from '../test/support/form-cuts.js';
import type { GatewayProcess } from '../test/support/gateway-process.js';
import { claimsIn, inTurns, PUBLIC_URL, post, signatureOf, voiceForm } from './attacked-gateway.js';

/** Every pair of neighbours in the signed text cut at another place: one name or value longer or shorter. */
export async function recutForms(gateway: GatewayProcess): Promise<DrillRow> {
  const form = voiceForm({ ForwardedFrom: '+15125550111' });
  let [sent, refused, same] = [0, 0, 0];
  const others: string[] = [];
  const cuts = [...recuts(form), ...cutsOf(form)];
  await inTurns(cuts.length, 10, async (n) => {
    const cut = cuts[n] ?? {};
    if (signatureOf(PUBLIC_URL, cut) !== signatureOf(PUBLIC_URL, form)) return;
    sent += 1;
    const { status, text } = await post(gateway, '/twilio/voice', cut, form);
    const claims = claimsIn(text);
    if (status === 400) refused += 1;
    else if (claims?.callSid === form.CallSid && claims?.from === form.From) same += 1;
    else others.push(`${status} ${Object.keys(cut).join(' ')}`);
  });
  return {
    fault: `${sent} forms cut up anew under the same signature, one with ForwardedFrom as From`,
    required: 'none names another call or caller',
    seen: `${refused} refused with 400, ${same} read as they were, ${others.length} otherwise ${others.slice(0, 2).join('; ')}`,
    held: sent > 200 && others.length === 0,
  };
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
