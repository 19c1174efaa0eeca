import type { CallScreen } from '../../packages/twilio-simulator/src/call-command/call-screen.js';
import { showEvent, showSummary } from '../../packages/twilio-simulator/src/call-command/call-text.js';
import type { CallEvent } from '../../packages/twilio-simulator/src/call-record.js';
import type { DelayFigures, LoggedCall } from './call-api.js';
import type { CallOutput, GatewayCallSummary } from './call-output.js';
import type { LiveSessionView, SeenTurn } from './live-session-view.js';
import type { ModelStep } from './model-track.js';

/** A call as a conversation that can be read along. */
export class TextCallOutput implements CallOutput {
  readonly #screen: CallScreen;
  /** What was shown of each turn: one may come to stand before others, and words may come to it later. */
  readonly #shown = new Map<string, string>();
  #known: ReadonlySet<string> = new Set();

  constructor(screen: CallScreen) {
    this.#screen = screen;
  }

  note(text: string): void {
    this.#screen.note(text);
  }

  event(event: CallEvent): void {
    showEvent(this.#screen, event);
  }

  session(session: LiveSessionView, atMs: number): void {
    const alike = new Map<string, number>();
    for (const turn of session.history) {
      const kind = `${turn.role} ${turn.timestamp}`;
      const nth = alike.get(kind) ?? 0;
      alike.set(kind, nth + 1);
      this.#show(`${kind} ${nth}`, turn, atMs);
    }
    this.#step(session, atMs);
  }

  #show(key: string, turn: SeenTurn, atMs: number): void {
    const seen = `${turn.content} ${turn.interrupted}`;
    if (this.#shown.get(key) === seen) return;
    this.#shown.set(key, seen);
    this.#turn(turn, atMs);
  }

  model({ does, text }: ModelStep, atMs: number): void {
    const isWrong = does === 'reports a breach';
    this.#screen.line(atMs, isWrong ? 'error' : 'model', `${isWrong ? 'the model ' : ''}${does}: ${text}`);
  }

  summary(summary: GatewayCallSummary): void {
    showSummary(this.#screen, summary, factsOf(summary));
  }

  #step({ state, collected }: LiveSessionView, atMs: number): void {
    const facts = [`state ${state}`, ...Object.entries(collected).flatMap(factOf)];
    const news = facts.filter((fact) => !this.#known.has(fact));
    if (news.length > 0) this.#screen.line(atMs, 'system', news.join(' · '));
    this.#known = new Set(facts);
  }

  #turn({ role, content, interrupted }: SeenTurn, atMs: number): void {
    if (role === 'assistant')
      this.#screen.line(atMs, 'agent', interrupted ? `${content} … (interrupted)` : content);
    // A key was shown when it was pressed; speech without words when it was said.
    else if (role === 'user' && !/^(pressed (.|a key)|\[speech\])$/.test(content))
      this.#screen.line(atMs, 'caller', `is understood: “${content}”`);
    else if (role === 'function') this.#screen.line(atMs, 'system', content);
  }
}

// Lists are what a voice model was told of, which its own lines show.
function factOf([name, value]: [string, unknown]): string[] {
  if (Array.isArray(value)) return [];
  return [`${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`];
}

/** What the gateway's API tells of the call. */
function factsOf({
  states,
  booked,
  logged,
  modelBreaches,
  apiProblems,
}: GatewayCallSummary): [string, string][] {
  const facts: [string, string][] = [];
  if (states.length > 0) facts.push(['states', states.join(' → ')]);
  if (booked) facts.push(['booked', bookedText(booked)]);
  if (logged) facts.push(['logged', `${logged.outcome}, ${logged.interruptions} interruptions`]);
  for (const text of latencyTexts(logged?.latency ?? null)) facts.push(['latency', text]);
  for (const breach of modelBreaches ?? []) facts.push(['breach', breach]);
  if (modelBreaches?.length === 0) facts.push(['model', 'its protocol was kept']);
  for (const problem of apiProblems) facts.push(['unknown', problem]);
  return facts;
}

function latencyTexts(latency: LoggedCall['latency']): string[] {
  if (!latency) return [];
  const { response_ms, interruption_ms, mark_lag_ms } = latency;
  return [
    delayText(response_ms, 'from the end of speech or a key to the answer'),
    delayText(interruption_ms, 'from the beginning of an interruption to silence'),
    delayText(mark_lag_ms, 'from the last sound of an utterance to its mark'),
  ].filter((text) => text !== null);
}

function delayText(figures: DelayFigures, what: string): string | null {
  if (!figures) return null;
  const { count, median, max } = figures;
  return `${what}: ${count === 1 ? `${max} ms` : `${median} ms in the median, ${max} ms at most (${count})`}`;
}

function bookedText({ id, serviceType, date }: NonNullable<GatewayCallSummary['booked']>): string {
  return `${serviceType} at ${date} (appointment ${id})`;
}
