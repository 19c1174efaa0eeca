import { describe, expect, it } from 'vitest';
import { runConformance } from '../../../packages/twilio-simulator/src/conformance/conformance-run.js';
import { coverageOf } from '../../../packages/twilio-simulator/src/conformance/coverage.js';
import { LIMITS } from '../../../packages/twilio-simulator/src/conformance/limits.js';
import { WebhookTarget } from '../../../packages/twilio-simulator/src/conformance/webhook-target.js';
import { GatewayAddress } from '../../../packages/twilio-simulator/src/gateway-address.js';
import { lintSpeech } from '../../../packages/twilio-simulator/src/lint/lint-speech.js';
import { SharedTicker } from '../../../packages/twilio-simulator/src/ticker.js';
import { WebhookClient } from '../../../packages/twilio-simulator/src/webhook-client.js';
import type { Speech, TextToSpeech } from '../../../src/speech/text-to-speech.js';
import { speechLike } from '../../support/served-call.js';
import { AUTH_TOKEN, shopIsReady, startGateway } from '../../support/test-gateway.js';

/** Every sentence is a second of a sound of its own: long enough to be spoken over on a busy machine. */
class SpeechLikeVoice implements TextToSpeech {
  async synthesize(text: string): Promise<Speech> {
    const seed = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
    return { audio: speechLike(8000, seed) };
  }

  async close(): Promise<void> {}
}

describe('this gateway', () => {
  // Its limits are those of a real line: a machine that stands still may break one.
  it('breaks no rule, on any call of a run', { timeout: 120_000, retry: 2 }, async () => {
    const house = await startGateway({}, new SpeechLikeVoice());
    await shopIsReady(house);
    const address = new GatewayAddress(house.url, house.gateway.publicUrl);
    const client = new WebhookClient(address, AUTH_TOKEN);
    const { findings, traces } = await runConformance({
      target: new WebhookTarget({ url: address.publicUrl('/twilio/voice'), client, address }),
      ticker: new SharedTicker(),
      limits: {
        ...LIMITS,
        listenAtLeastMs: 0,
        quietMs: 300,
        afterAdditionsMs: 300,
        gapMs: 1_000,
      },
      skip: new Set(),
      from: '+15555550123',
      to: '+15555550100',
      callSid: null,
      // A person: the agent says so and ends the stream.
      keys: ['0'],
      speech: lintSpeech(null),
      onCall: () => {},
    });
    expect(findings).toEqual([]);
    const { exercised, missing } = coverageOf(traces);
    expect(exercised.join()).toContain('10 streams opened, 3 of them at once');
    expect(exercised.join()).toContain('3 keys and 1 phrase of the caller, 3 of them while the server spoke');
    expect(missing).toEqual([]);
  });
});
