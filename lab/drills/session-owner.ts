// Run as a process of its own: owns, takes over and updates sessions as a gateway does, at the command of a drill.
import { silentLogger } from '../../src/core/logger.js';
import { RedisClient } from '../../src/redis/redis-client.js';
import { LiveSession } from '../../src/sessions/live-session.js';
import { RedisSessionStore } from '../../src/sessions/redis-session-store.js';
import type { Session } from '../../src/sessions/session.js';
import { newSession, restoreSession } from '../../src/sessions/stored-session.js';
import type { Owned, OwnerCommand } from './owner-process.js';

const [, , url = '', timeout = '500'] = process.argv;
const logger = silentLogger();
const client = new RedisClient({ url, logger, commandTimeoutMs: Number(timeout) });
const store = new RedisSessionStore({ client, logger });

interface Owner {
  readonly live: LiveSession;
  isFenced: boolean;
}
const owners = new Map<string, Owner[]>();
const ownersOf = (callSid: string) => owners.get(callSid) ?? [];

function own(session: Session, isRestored: boolean): Owner {
  const owner: Owner = {
    isFenced: false,
    live: new LiveSession(session, {
      store,
      logger,
      ttlSeconds: 600,
      isRestored,
      settleMs: 5_000,
      onStoreReady: (listener) => client.onReady(listener),
      onFenced: () => {
        owner.isFenced = true;
      },
    }),
  };
  owners.set(session.call_sid, [...ownersOf(session.call_sid), owner]);
  return owner;
}

/** `isStored`: everything that the session is now has been acknowledged. */
function owned({ live, isFenced }: Owner): Owned {
  return { data: live.data, isFenced, isStored: !isFenced && live.lagMs === 0 };
}

async function takeOver(callSid: string, stream: string, count: number): Promise<Owned[]> {
  const found = await store.getSession(callSid);
  if (found === null) return [];
  const session = restoreSession(callSid, found);
  const owner = own(session, true);
  owner.live.change({ stream_sid: stream, resumes: session.resumes + 1, interruptions: count });
  await owner.live.flush();
  return [owned(owner)];
}

async function change(callSid: string, count: number): Promise<Owned[]> {
  const all = ownersOf(callSid);
  for (const { live } of all) live.change({ interruptions: count });
  await Promise.all(all.map(({ live }) => live.flush()));
  return all.map(owned);
}

async function settle(callSid: string): Promise<Owned[]> {
  await Promise.all(ownersOf(callSid).map(({ live }) => live.isOurs()));
  return ownersOf(callSid).map(owned);
}

async function leave(callSid: string): Promise<Owned[]> {
  await Promise.all(ownersOf(callSid).map(({ live }) => live.release()));
  owners.delete(callSid);
  return [];
}

async function end(callSid: string, stream: string): Promise<Owned[]> {
  const owner = ownersOf(callSid).find(({ live }) => live.data.stream_sid === stream);
  await owner?.live.delete();
  owners.set(
    callSid,
    ownersOf(callSid).filter((each) => each !== owner),
  );
  return [];
}

async function obey(command: OwnerCommand): Promise<Owned[] | boolean> {
  const { callSid } = command;
  switch (command.do) {
    case 'begin': {
      const fresh = { callSid, streamSid: command.stream, callerPhone: 'anonymous', attestation: null };
      const owner = own(newSession(fresh), false);
      await owner.live.flush();
      return [owned(owner)];
    }
    case 'take over':
      return takeOver(callSid, command.stream, command.count);
    case 'change':
      return change(callSid, command.count);
    case 'update':
      return store.updateSession(callSid, { [command.field]: command.count });
    case 'is usable':
      return store.setSession(callSid, {}, 10);
    case 'settle':
      return settle(callSid);
    case 'end':
      return end(callSid, command.stream);
    case 'leave':
      return leave(callSid);
  }
}

process.on('message', async ({ id, command }: { id: number; command: OwnerCommand }) => {
  process.send?.({ id, answer: await obey(command) });
});
process.on('disconnect', () => process.exit(0));
