import { setTimeout as pause } from 'node:timers/promises';
import { newSid } from '../../packages/twilio-simulator/src/call-form.js';
import { CallerVoice } from '../../packages/twilio-simulator/src/caller-voice.js';
import { GatewayAddress } from '../../packages/twilio-simulator/src/gateway-address.js';
import { strictly } from '../../packages/twilio-simulator/src/gateway-message.js';
import type { StreamEnd } from '../../packages/twilio-simulator/src/stream-end.js';
import { SharedTicker } from '../../packages/twilio-simulator/src/ticker.js';
import { TwilioStream } from '../../packages/twilio-simulator/src/twilio-stream.js';
import { readTwiml } from '../../packages/twilio-simulator/src/twiml-reader.js';
import { WebhookClient } from '../../packages/twilio-simulator/src/webhook-client.js';
import { AUTH_TOKEN, type DrillGateway, PUBLIC_URL } from './drill-gateway.js';

/** A further stream of a call that has one already: opened at a gateway as if the first one had broken. */
export class RivalStream {
  readonly streamSid = newSid('MZ');
  /** How it ended; null while it is open. */
  end: StreamEnd | null = null;
  #heardBytes = 0;
  #stream: TwilioStream | null = null;

  /** Settles when it has started; rejects when no stream is offered. */
  static async open(gateway: DrillGateway, callSid: string, from: string): Promise<RivalStream> {
    const rival = new RivalStream();
    const address = new GatewayAddress(gateway.url, PUBLIC_URL);
    const client = new WebhookClient(address, AUTH_TOKEN);
    const params = { CallSid: callSid, From: from, CallStatus: 'in-progress' };
    const url = address.publicUrl('/twilio/voice/next?hop=0');
    const answer = await client.send({ url, method: 'POST', params });
    const verbs = answer.status === 200 ? readTwiml(answer.body) : [];
    const connect = verbs.find((verb) => verb.verb === 'connect');
    if (!connect) throw new Error(`No second stream was offered: ${JSON.stringify(answer)}`);
    const { url: streamUrl, parameters } = connect.stream;
    const signature = client.signUpgrade(streamUrl);
    await new Promise<void>((resolve) => {
      const options = {
        accountSid: newSid('AC'),
        callSid,
        streamSid: rival.streamSid,
        url: address.connectUrl(streamUrl),
        headers: signature === null ? {} : { 'X-Twilio-Signature': signature },
        parameters,
        voice: new CallerVoice(),
        ticker: new SharedTicker(),
        sendSilence: true,
      };
      rival.#stream = new TwilioStream(options, rival.#listener(resolve));
    });
    return rival;
  }

  /** Milliseconds of the agent's audio that came. */
  get heardMs(): number {
    return this.#heardBytes / 8;
  }

  /** Settles when audio has come, or after so many milliseconds without. */
  async untilHeard(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.#heardBytes === 0 && performance.now() < deadline) await pause(20);
  }

  press(digit: string): void {
    this.#stream?.press(digit);
  }

  stop(): void {
    this.#stream?.hangUp();
  }

  #listener(onStarted: () => void): ConstructorParameters<typeof TwilioStream>[1] {
    return {
      ...strictly(() => undefined),
      onStarted,
      onAudio: (audio) => {
        this.#heardBytes += audio.length;
      },
      onEnded: (end) => {
        this.end = end;
        onStarted();
      },
    };
  }
}
