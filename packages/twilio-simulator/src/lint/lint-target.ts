import { DirectTarget } from '../conformance/direct-target.js';
import type { StreamTarget } from '../conformance/stream-target.js';
import { WebhookTarget } from '../conformance/webhook-target.js';
import { GatewayAddress } from '../gateway-address.js';
import { WebhookClient } from '../webhook-client.js';
import type { LintCommand } from './lint-options.js';

/** The server under test, as the command line describes it. */
export function createTarget(command: LintCommand): StreamTarget {
  return command.entry.kind === 'stream' ? directTarget(command) : webhookTarget(command);
}

function directTarget({ entry, publicUrl, authToken, headers, parameters }: LintCommand): DirectTarget {
  const signed =
    publicUrl === null ? entry.url : publicUrl.replace(/^http/, 'ws') + new URL(entry.url).pathname;
  const signature = new WebhookClient(new GatewayAddress(entry.url), authToken).signUpgrade(signed);
  const signing = signature === null ? {} : { 'X-Twilio-Signature': signature };
  return new DirectTarget({ url: entry.url, headers: { ...signing, ...headers }, parameters });
}

function webhookTarget({ entry, publicUrl, authToken }: LintCommand): WebhookTarget {
  const { origin, pathname, search } = new URL(entry.url);
  const address = new GatewayAddress(origin, publicUrl ?? origin);
  const client = new WebhookClient(address, authToken);
  return new WebhookTarget({ url: address.publicUrl(pathname + search), client, address });
}
