import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { isDirect } from './cancel-statement.js';

/** Hears what is sent to a channel with `pg_notify`. */
export interface NotificationListener {
  onMessage(text: string): void;
  /** True: what is sent from now on is heard; what was sent before may have been missed. False: nothing is heard until this is called again. */
  onListening(isListening: boolean): void;
}

interface NotificationChannel {
  readonly connection: pg.ClientConfig;
  /** A plain name: it is written into the statement. */
  readonly channel: string;
  readonly listener: NotificationListener;
}

const CONNECT_TIMEOUT_MS = 2000;
/** The connection is tried out so often: one that is cut without a word would be silent for minutes. */
const BEAT_MS = 1000;
const BEAT_TIMEOUT_MS = 750;
const RETRY_MS = { first: 250, last: 5000 };
/** Behind a pooler nothing would be heard, and a session of the server that somebody else uses next would go on listening. */
const POOLED_RETRY_MS = 60_000;

/**
 * Listens to one channel of a PostgreSQL server until `signal` is aborted, on a connection of its own, which is opened anew again and again. Never
 * rejects; that the server cannot be reached is told by the pool.
 */
export async function hearNotifications(channel: NotificationChannel, signal: AbortSignal): Promise<void> {
  let wait = RETRY_MS.first;
  while (!signal.aborted) {
    const end = await listenOnce(channel, signal);
    if (end === 'was listening') wait = RETRY_MS.first;
    const pause = end === 'pooled' ? POOLED_RETRY_MS : wait;
    await delay(pause, undefined, { signal, ref: false }).catch(() => {});
    wait = Math.min(wait * 2, RETRY_MS.last);
  }
}

/** Settles when the connection is gone. */
async function listenOnce(
  { connection, channel, listener }: NotificationChannel,
  signal: AbortSignal,
): Promise<'was listening' | 'pooled' | 'unreachable'> {
  const socket = new Socket();
  const client = new pg.Client({
    ...connection,
    stream: () => socket,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: BEAT_TIMEOUT_MS,
    application_name: connection.application_name ?? 'bayline-listen',
  });
  client.on('error', () => {});
  client.on('notification', ({ payload }) => listener.onMessage(payload ?? ''));
  const cut = () => void socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  let isListening = false;
  try {
    await client.connect();
    if (!(await isDirect(client))) return 'pooled';
    await client.query(`listen ${channel}`);
    isListening = true;
    listener.onListening(true);
    await beat(client, signal);
    return 'was listening';
  } catch {
    return isListening ? 'was listening' : 'unreachable';
  } finally {
    signal.removeEventListener('abort', cut);
    void client.end().catch(() => {});
    cut();
    if (isListening) listener.onListening(false);
  }
}

/** Rejects when the connection is lost. */
async function beat(client: pg.Client, signal: AbortSignal): Promise<void> {
  for (;;) {
    await delay(BEAT_MS, undefined, { signal, ref: false });
    await client.query('select 1');
  }
}
