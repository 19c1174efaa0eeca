import { join, resolve } from 'node:path';
import {
  CUT_OFF,
  closedWords,
  JUST_TAKEN,
  menuPrompt,
  ONE_MOMENT,
  STILL_WORKING,
  welcome,
} from './agents/keypad/keypad-prompts.js';
import { preparedSentences } from './agents/keypad/prepared-sentences.js';
import { type SpokenShop, shopAtCall, shopFacts } from './agents/shop-facts.js';
import { summarize } from './core/errors.js';
import { CallShops } from './shop/call-shops.js';
import type { CurrentShop, Shop } from './shop/shop.js';
import { FliteVoice, fliteVersion } from './speech/flite-voice.js';
import { PromptCache } from './speech/prompt-cache.js';
import { timesIn } from './speech/spoken-time.js';
import type { TextToSpeech } from './speech/text-to-speech.js';
import { VoiceCache } from './speech/voice-cache.js';
import type { Speak } from './twilio/spoken-piece.js';
import type { GatewayContext } from './wiring.js';

export type PreparedSpeech = ReturnType<typeof createSpeech>;
type Voice = Awaited<ReturnType<typeof createVoice>>;

/** The voice given, or our own: what that says to every caller is kept in the folder given, or in the data folder, where there is one. */
export async function createVoice(
  { config, logger }: GatewayContext,
  current: CurrentShop,
  { voice: given, promptsDir }: { readonly voice?: TextToSpeech; readonly promptsDir?: string },
) {
  const nothing = async () => undefined;
  if (given) return { voice: given, warmUp: nothing, tidy: nothing };
  const flite = new FliteVoice();
  // It takes a while to load, and the first sentence that was not kept must not wait for that.
  const warmUp = async () => {
    if (config.agent !== 'echo') await flite.synthesize('Yes.', { background: true }).catch(() => undefined);
  };
  const { dataDir } = config.database;
  const prompts = promptsDir ?? (dataDir === 'memory' ? null : join(dataDir, 'prompts'));
  if (prompts === null) return { voice: flite, warmUp, tidy: nothing };
  const folder = join(resolve(prompts), await fliteVersion());
  const textsOf = onceForEach((shop) => new Set(preparedSentences(shopFacts(shop))));
  const onFault = (error: unknown) =>
    logger.warn({ err: summarize(error), folder }, 'Prompts cannot be kept: each start makes them again');
  const voice = new VoiceCache({ voice: flite, folder, texts: () => textsOf(current.now), onFault });
  return { voice, warmUp, tidy: () => voice.tidy() };
}

/**
 * What is said with a voice. When the shop changes, its prompts are made anew behind the calls; those of the shop before stay for the calls that
 * go by it.
 */
export function createSpeech(
  { config, logger, metrics, closing }: GatewayContext,
  { voice, warmUp, tidy }: Pick<Voice, 'voice'> & Partial<Voice>,
  current: CurrentShop,
) {
  const prompts = new PromptCache({ voice, metrics, logger });
  const isSilent = config.agent === 'echo';
  const prepare = async (sentences: readonly string[], signal = closing.signal) => {
    if (!isSilent) await prompts.prepare(sentences, signal);
  };
  const speak: Speak = (text, nth) => prompts.speak(text, nth);
  const prepareGreeting = (shop: Shop) => prepare(greetingOf(shop));
  const calls = new CallShops({ shop: current, prepare: prepareGreeting });
  let latest = new AbortController();
  /** The rest of what callers may hear; `isSure`: what else is kept is of no use any more. */
  const prepareAll = async (shop: Shop, isSure: boolean) => {
    latest.abort();
    latest = new AbortController();
    const { signal } = latest;
    await prepare(preparedSentences(shopFacts(shop)), AbortSignal.any([signal, closing.signal]));
    if (isSure && !signal.aborted) await tidy?.();
  };
  calls.watch((shop) => void prepareAll(shop, true));
  return {
    voice,
    prompts,
    speak,
    calls,
    shopOf: (callSid: string) => spokenShopOf(calls.of(callSid)),
    shopAtCallOf: (callSid: string) => shopAtCall(calls.of(callSid), new Date()),
    prepareGreeting: () => prepareGreeting(current.now),
    prepareAll: async (isSure: () => boolean) => {
      await warmUp?.();
      // The shop may have become known meanwhile.
      await prepareAll(current.now, isSure());
    },
  };
}

/** With what a caller hears when an agent is late or fails, or another caller was faster: then there is no time to make it. */
function greetingOf(current: Shop): readonly string[] {
  const atCall = shopAtCall(current, new Date());
  const { shop } = atCall;
  return [
    welcome(shop),
    ...closedWords(atCall),
    ...menuPrompt(shop),
    ONE_MOMENT,
    STILL_WORKING,
    JUST_TAKEN,
    CUT_OFF,
  ];
}

/** What agents say of a shop. */
export const spokenShopOf = onceForEach<SpokenShop>((shop) => {
  return { shop: shopFacts(shop), sayTime: timesIn(shop.rules.timezone) };
});

function onceForEach<T>(make: (shop: Shop) => T): (shop: Shop) => T {
  const made = new WeakMap<Shop, T>();
  return (shop) => {
    const known = made.get(shop);
    if (known !== undefined) return known;
    const value = make(shop);
    made.set(shop, value);
    return value;
  };
}
