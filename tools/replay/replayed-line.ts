import { createAgents } from '../../src/agents-wiring.js';
import { createVoicedSpeechDetector } from '../../src/audio/vad/voice-activity.js';
import { audibleSettings, type Config, loadConfig } from '../../src/config.js';
import type { Logger } from '../../src/core/logger.js';
import { Metrics } from '../../src/core/metrics.js';
import { slowOperations } from '../../src/core/slow-operations.js';
import type { Customer } from '../../src/customers/customer.js';
import type { CallerDesk } from '../../src/desk/desk.js';
import { MemoryFleet } from '../../src/line/memory-fleet.js';
import type { PhoneLine } from '../../src/line/phone-line.js';
import { MemorySessionStore } from '../../src/sessions/memory-session-store.js';
import { type CurrentShop, type Shop, shopOf } from '../../src/shop/shop.js';
import { NOTHING_STORED, readStoredShop } from '../../src/shop/stored-shop.js';
import type { TextToSpeech } from '../../src/speech/text-to-speech.js';
import { createSpeech } from '../../src/speech-wiring.js';
import { MemoryStreamLedger } from '../../src/stream-ledger/memory-stream-ledger.js';
import { createLine, type LineShop } from '../../src/wiring.js';
import type { Recording } from '../recording/recording.js';
import { RecordedAnswers } from './recorded-answers.js';
import { recordedSpeech } from './recorded-speech.js';
import { ReplayRecorder } from './replay-recorder.js';
import { ReplayVoice } from './replay-voice.js';
import { UnreachableStore } from './unreachable-store.js';

export interface ReplayedLineOptions {
  /** The streams of one recorded call: it is known to the shop as it was then. */
  readonly streams: readonly Recording[];
  /** Must always give the same bytes for a text. */
  readonly voice: TextToSpeech;
  /** The session store never answers. */
  readonly storeIsDown: boolean;
  readonly logger: Logger;
}

/** A phone line for one recorded call: the production code, over a store in this process and a shop that answers as it did. */
export interface ReplayedLine {
  readonly line: PhoneLine;
  readonly voice: ReplayVoice;
  readonly recorder: ReplayRecorder;
  /** Makes the sentences that were said, so that they are at hand. */
  prepare(): Promise<void>;
  /** Sessions that are still stored. */
  storedSessions(): number;
  close(): Promise<void>;
}

const COMMAND_TIMEOUT_MS = 500;

/** Nothing of it listens, and nothing is written anywhere. */
export function createReplayedLine({
  streams,
  voice,
  storeIsDown,
  logger,
}: ReplayedLineOptions): ReplayedLine {
  const [first] = streams;
  const config = loadConfig({ ...first?.header.settings, DATA_DIR: 'memory' });
  const metrics = new Metrics();
  const slow = slowOperations({ thresholdMs: config.slowOperationMs, metrics, logger });
  const context = { config, logger, metrics, slow, closing: new AbortController() };
  const memory = new MemorySessionStore({ logger, ttlSeconds: config.ttl.sessionSeconds });
  const store = storeIsDown ? new UnreachableStore(COMMAND_TIMEOUT_MS) : memory;
  const replayVoice = new ReplayVoice(voice, hiddenSentences(streams));
  const current: CurrentShop = { now: shopThen(first, config), watch: () => () => undefined };
  const speech = createSpeech(context, { voice: replayVoice }, current);
  const recorder = new ReplayRecorder(audibleSettings(config, current.now.settings), first?.header.shop);
  // Noise in place of a voice is no speech to any detector.
  const isNoise = first?.header.voice === 'replaced';
  const createDetector = isNoise ? recordedSpeech(streams) : createVoicedSpeechDetector;
  const shop = answeringShop(streams, recorder);
  const line = createLine(
    context,
    { store, ledger: new MemoryStreamLedger(), fleet: new MemoryFleet() },
    shop,
    speech,
    createAgents(context, shop, speech, null, undefined),
    createDetector,
    recorder,
  );
  line.listenAt(originOf(first));
  line.serve();
  return {
    line,
    voice: replayVoice,
    recorder,
    prepare: () => speech.prompts.prepare(sentences(streams)),
    storedSessions: () => memory.size,
    close: () => memory.close(),
  };
}

// The webhook looks the caller up too, to prepare the greeting; that was not recorded, and here everything is at hand.
function answeringShop(streams: readonly Recording[], recorder: ReplayRecorder): LineShop {
  const answers = new RecordedAnswers(streams);
  const lookups = answers.as<{ lookUp(phone: string): Promise<Customer | null> }>();
  return {
    lookup: { byPhone: async (phone) => (recorder.streamCount === 0 ? null : lookups.lookUp(phone)) },
    desk: { forCall: () => answers.as<CallerDesk>() },
    callLog: { record: () => undefined, dialled: () => undefined, get: async () => null },
  };
}

/** As it was recorded; where it was not, as the settings of the recording give it. */
function shopThen(recording: Recording | undefined, { shop: given }: Config): Shop {
  const stored = readStoredShop(recording?.header.shop)?.stored ?? NOTHING_STORED;
  return shopOf({ ...stored, set: stored.settings, given });
}

function originOf(recording: Recording | undefined): string {
  const url = /<Stream url="([^"]+)\/twilio\/media\//.exec(recording?.header.twiml ?? '')?.[1];
  return url?.replace(/^ws/, 'http') ?? 'https://replay.example.com';
}

function wordsOf(streams: readonly Recording[]) {
  return streams
    .flatMap(({ lines }) => lines)
    .flatMap((line) => ('note' in line && line.note === 'words' ? [line] : []));
}

function hiddenSentences(streams: readonly Recording[]): ReadonlyMap<string, number> {
  return new Map(wordsOf(streams).flatMap(({ text, bytes, hidden }) => (hidden ? [[text, bytes]] : [])));
}

function sentences(streams: readonly Recording[]): string[] {
  return wordsOf(streams).map(({ text }) => text);
}
