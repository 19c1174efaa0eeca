import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type KnownCounter, type KnownName, knownCounter } from './known-counter.js';
import { StoreMetrics } from './store-metrics.js';

/** Every figure of one gateway, in a registry of its own: two gateways in one process never share a counter. */
export class Metrics {
  readonly registry = new Registry();
  readonly stores = new StoreMetrics(this.registry);

  readonly liveCalls = this.#gauge('bayline_live_calls', 'Calls with an open media stream');
  readonly callsStarted = this.#known('bayline_calls_started_total', 'Streams that began a call');
  readonly callsEnded = this.#known(
    'bayline_calls_total',
    'Calls that ended, by outcome and by phone or browser; also those that no agent talked with',
  );
  readonly callSeconds = this.#seconds(
    'bayline_call_duration_seconds',
    'From the beginning of a call to its end; of calls that an agent talked with',
    ['via'],
    [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600],
  );
  readonly callbacksOpen = this.#gauge(
    'bayline_callbacks_open',
    'Callers whom the shop is to ring back, as the database had them within the last minute',
  );
  readonly interruptions = this.#counter('bayline_interruptions_total', 'Utterances cut off, by what', [
    'by',
  ]);
  readonly speechCandidates = this.#counter(
    'bayline_speech_candidates_total',
    'Sounds of the caller that may have been speech, by verdict',
    ['verdict'],
  );
  readonly agentFailures = this.#known(
    'bayline_agent_failures_total',
    'Agents that could not go on with their call, by which it was (first, again, fallback) and why',
  );
  readonly modelConnectSeconds = this.#seconds(
    'bayline_model_connect_seconds',
    'From the beginning of a connection to the voice model to a session that can be used',
  );
  readonly modelErrors = this.#counter(
    'bayline_model_errors_total',
    "What went wrong with the voice model, by the server's code where it is a known one (else other) or by ours: timeout, refused, http_401 and other statuses, format, broken_event, garbage, slow, lost, closed, unanswered (a caller has waited in vain), transcription_failed",
    ['code'],
  );
  readonly modelFirstAudio = this.#seconds(
    'bayline_model_first_audio_seconds',
    "From the end of the caller's speech to the first audio of the voice model",
  );
  readonly modelTokens = this.#counter(
    'bayline_model_tokens_total',
    "Tokens as the voice model's server counted them; cached_in is a part of audio_in and text_in",
    ['kind'],
  );
  readonly lateAgents = this.#counter(
    'bayline_late_agents_total',
    'Callers who were told to wait a moment: an agent owed words and said nothing for 2 s',
  );
  readonly falseStarts = this.#counter(
    'bayline_false_starts_total',
    'Interruptions by voice after which nothing was said; the agent repeated what was not heard',
  );
  readonly responseSeconds = this.#seconds(
    'bayline_response_seconds',
    "From the end of the caller's speech or key to the first audio of the answer at the caller's ear",
    ['to'],
  );
  readonly interruptionSeconds = this.#seconds(
    'bayline_interruption_seconds',
    "From the beginning of an interruption to silence at the caller's ear",
    ['by'],
  );
  readonly markLagSeconds = this.#seconds(
    'bayline_mark_lag_seconds',
    'How late marks come back after their audio must have been played',
  );
  readonly markStalls = this.#counter(
    'bayline_mark_stalls_total',
    'Marks more than 2 s late, until whose return nothing was sent',
  );
  readonly greetingDelay = this.#seconds(
    'bayline_greeting_delay_seconds',
    'From the start message to the first audio sent',
  );
  readonly framesDropped = this.#counter('bayline_messages_dropped_total', 'Stream messages not acted on', [
    'reason',
  ]);
  readonly upgradeRejects = this.#counter('bayline_upgrade_rejects_total', 'Refused stream upgrades', [
    'reason',
  ]);
  readonly streamsRefused = this.#counter(
    'bayline_streams_refused_total',
    'Streams that were let in and closed at their start',
    ['reason'],
  );
  readonly ledgerUnanswered = this.#counter(
    'bayline_stream_ledger_unanswered_total',
    'Invitations and openings of streams on which the other gateways could not be asked',
    ['step'],
  );
  readonly webhookRejects = this.#known('bayline_webhook_rejects_total', 'Refused webhooks');
  readonly adminRefusals = this.#counter(
    'bayline_admin_refusals_total',
    'Requests that the admin side refused: no or a wrong token, too many wrong ones, or not from where they may come',
    ['reason'],
  );
  readonly webhookReplays = this.#counter('bayline_webhook_replays_total', 'Webhooks seen before');
  readonly callsOverNumber = this.#counter(
    'bayline_calls_over_number_total',
    'Calls without a stream because their number had three already',
  );
  readonly streamErrors = this.#counter(
    'bayline_stream_errors_total',
    'Callbacks from Twilio that say a stream failed',
  );
  readonly redisErrors = this.#counter(
    'bayline_redis_errors_total',
    'Failed Redis operations; those of the customer cache are only logged',
    ['operation'],
  );
  readonly redisBreakerOpen = this.#gauge(
    'bayline_redis_breaker_open',
    '1 while Redis does not answer and nothing is asked of it',
  );
  readonly redisSeconds = this.#seconds(
    'bayline_redis_operation_seconds',
    'Time to an answer from Redis, by operation; without those of the customer cache',
    ['operation'],
  );
  readonly sessionWrites = this.#counter(
    'bayline_session_writes_total',
    'Writes of live sessions: stored, over an own write of unknown outcome, merged with foreign changes, re-seeded, fenced or failed',
    ['outcome'],
  );
  readonly sessionBehind = this.#gauge(
    'bayline_session_behind_seconds',
    'Age of the oldest change of a live session that is not stored yet',
  );
  readonly eventLoopDelay = this.#gauge(
    'bayline_event_loop_delay_seconds',
    'How late the event loop was since the last scrape, at its worst and in 99 of 100 cases',
    ['quantile'],
  );
  readonly databaseUp = this.#gauge(
    'bayline_database_up',
    '1 while the database answers, asked at the scrape',
  );
  readonly customerLookups = this.#counter(
    'bayline_customer_lookups_total',
    'Customer lookups, by result; not whether there was a customer',
    ['result'],
  );
  readonly bookings = this.#known(
    'bayline_bookings_total',
    'Booking attempts, by result; test calls are not counted',
  );
  readonly deskRefusals = this.#counter(
    'bayline_desk_refusals_total',
    'What agents asked of the desk and were refused, by rule',
    ['rule'],
  );
  readonly toolCalls = this.#counter(
    'bayline_tool_calls_total',
    'Functions that voice models called, by which and what came of it (done, none, refused, invalid, unknown, failed)',
    ['tool', 'result'],
  );
  readonly toolSeconds = this.#seconds(
    'bayline_tool_seconds',
    'Time to the answer of a function that a voice model called',
    ['tool'],
  );
  readonly vinTries = this.#counter(
    'bayline_vin_tries_total',
    'Digits of a VIN keyed, by result; test calls are not counted',
    ['result'],
  );
  readonly speechFailures = this.#counter(
    'bayline_speech_failures_total',
    'Texts that the voice failed to say',
  );
  readonly speechSeconds = this.#seconds(
    'bayline_speech_seconds',
    'Time to synthesise one uncached sentence',
  );

  readonly logLinesDropped = this.#counter(
    'bayline_log_lines_dropped_total',
    'Log lines that were not written: no_space (disk full), closed (nobody reads), failed, slow (reader too slow)',
    ['reason'],
  );

  /** Counts what an output of the log drops, which it counts for itself and never takes back. */
  watchLog(output: { readonly dropped: Readonly<Record<string, number>> }): void {
    this.onScrape(() => {
      this.logLinesDropped.reset();
      for (const [reason, lines] of Object.entries(output.dropped))
        this.logLinesDropped.inc({ reason }, lines);
    });
  }

  readonly #redisTimers = new Map<string, { observe(seconds: number): void }>();

  /** Redis answered an operation. The most frequent figure of all: its labels are looked up once. */
  redisAnswered(operation: string, ms: number): void {
    const timer = this.#redisTimers.get(operation) ?? this.redisSeconds.labels({ operation });
    this.#redisTimers.set(operation, timer);
    timer.observe(ms / 1_000);
  }

  readonly #beforeScrape: (() => void | Promise<void>)[] = [];

  /** Calls `update`, which never rejects, before each scrape, for a figure that nobody needs in between. The scrape waits for it. */
  onScrape(update: () => void | Promise<void>): void {
    this.#beforeScrape.push(update);
  }

  /** All figures in Prometheus' text format. */
  async text(): Promise<string> {
    await Promise.all(this.#beforeScrape.map((update) => update()));
    return this.registry.metrics();
  }

  #counter<L extends string = string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #known<N extends KnownName>(name: N, help: string): KnownCounter<N> {
    return knownCounter(this.registry, name, help);
  }

  #gauge<L extends string = string>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #seconds<L extends string = string>(
    name: string,
    help: string,
    labelNames: readonly L[] = [],
    buckets: number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5],
  ): Histogram<L> {
    return new Histogram({
      name,
      help,
      buckets,
      labelNames: [...labelNames],
      registers: [this.registry],
    });
  }
}
