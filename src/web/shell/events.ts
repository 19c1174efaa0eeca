import { effect, signal } from '@preact/signals';
import type { LiveCall, WordsNow } from './answers.js';
import { isSignedIn } from './api.js';
import { gatewayNow } from './clock.js';
import { loadDeskSession } from './desk-session.js';
import { LiveCalls } from './live-calls.js';
import { shop } from './shop.js';

// One stream of events for all tabs of a browser: whoever holds the lock reads it and passes it on. A browser opens six connections to a
// host, and a gateway has places for 32 watchers. Without secure context there are no locks, and each tab reads its own.

const LOCK = 'bayline-live-events';
const TRY_AGAIN_MS = 5_000;
const ENDED_STAYS_MS = 20_000;
/** The gateway tells something every 15 s: after so long without, it has stopped, or what is between does not pass it on. */
const SILENT_MS = 40_000;

/** `watching`: what is shown is what is. `partial`: only the calls of one gateway are known. */
export type Connection = 'connecting' | 'watching' | 'partial' | 'lost';

type Message =
  | { readonly type: 'hello' }
  | { readonly type: 'all'; readonly calls: readonly LiveCall[]; readonly connection: Connection }
  /** `text`: the call as JSON, which costs less to pass on. */
  | { readonly type: 'session'; readonly text: string }
  | { readonly type: 'ended'; readonly callSid: string }
  | { readonly type: 'words'; readonly words: readonly WordsNow[] }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'signed-in' | 'signed-out' };

/** The live calls of all gateways, for every view. */
export const liveCalls = new LiveCalls(gatewayNow);
export const connection = signal<Connection>('connecting');
/** One more with every call that has ended: what remains of it is in the API about a second later. */
export const callsEnded = signal(0);

const channel = new BroadcastChannel('bayline-live');
let isReader = false;

/** Watches from now on, as long as the page is open and signed in. */
export function watchLiveCalls(): void {
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => take(data));
  setInterval(() => liveCalls.forgetEnded(ENDED_STAYS_MS), 1_000);
  channel.postMessage({ type: 'hello' } satisfies Message);
  // Whoever signs in or out in one tab does so in all; the gateway that this one reads from may not be the one that was told.
  let before = isSignedIn.peek();
  isSignedIn.subscribe((value) => {
    if (value === before) return;
    before = value;
    channel.postMessage({ type: value ? 'signed-in' : 'signed-out' } satisfies Message);
  });
  if ('locks' in navigator) void navigator.locks.request(LOCK, read);
  else void read();
}

function tell(message: Message): void {
  take(message);
  channel.postMessage(message);
}

function take(message: Message): void {
  if (message.type === 'session') liveCalls.put(JSON.parse(message.text));
  else if (message.type === 'words') liveCalls.say(message.words);
  else if (message.type === 'signed-in') isSignedIn.value = true;
  else if (message.type === 'signed-out') isSignedIn.value = false;
  else if (message.type === 'connection') connection.value = message.connection;
  else if (message.type === 'ended') {
    liveCalls.end(message.callSid);
    callsEnded.value += 1;
  } else if (message.type === 'all') {
    liveCalls.replaceAll(message.calls);
    connection.value = message.connection;
  } else if (isReader) {
    channel.postMessage({
      type: 'all',
      calls: liveCalls.calls,
      connection: connection.peek(),
    } satisfies Message);
  }
}

/** Reads for all tabs until this one is closed: what it returns never settles, so that the lock stays with it. */
async function read(): Promise<never> {
  isReader = true;
  for (;;) {
    await untilLetIn();
    await readOnce();
    tell({ type: 'connection', connection: 'lost' });
    // A stream that is refused does not say why: perhaps the cookie's time is over.
    if (isSignedIn.peek()) await loadDeskSession().catch(() => {});
    if (isSignedIn.peek()) await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
}

/** The gateway has told the settings: it will tell the calls, too. */
function untilLetIn(): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (!isSignedIn.value || shop.value === null) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}

/** Settles when the gateway refuses the stream or falls silent, or the page was signed out; a stream that breaks is opened again by the browser. */
function readOnce(): Promise<void> {
  return new Promise((resolve) => {
    const events = new EventSource('/api/live');
    let silence = setTimeout(end, SILENT_MS);
    const stopWatching = isSignedIn.subscribe((value) => value || end());
    function end(): void {
      clearTimeout(silence);
      events.close();
      queueMicrotask(() => stopWatching());
      resolve();
    }
    const on = (type: string, act: (data: string) => void) =>
      events.addEventListener(type, ({ data }: MessageEvent<string>) => {
        clearTimeout(silence);
        silence = setTimeout(end, SILENT_MS);
        act(data);
      });
    on('open', () => tell({ type: 'connection', connection: 'watching' }));
    on('snapshot', (data) => compare(JSON.parse(data)));
    on('session', (data) => tell({ type: 'session', text: data }));
    on('ended', (data) => tell({ type: 'ended', callSid: JSON.parse(data).call_sid }));
    on('words', (data) => tell({ type: 'words', words: JSON.parse(data).words }));
    events.addEventListener('error', () => {
      if (events.readyState === EventSource.CLOSED) return end();
      tell({ type: 'connection', connection: 'lost' });
    });
  });
}

/** These are the calls that go on. One that ended while nobody was told is not among them; a new one tells of itself. */
function compare({
  call_sids,
  partial,
}: {
  readonly call_sids: readonly string[];
  readonly partial: boolean;
}): void {
  const listed = new Set(call_sids);
  for (const { call_sid } of liveCalls.calls)
    if (!listed.has(call_sid)) tell({ type: 'ended', callSid: call_sid });
  const now = partial ? 'partial' : 'watching';
  if (now !== connection.peek()) tell({ type: 'connection', connection: now });
}
