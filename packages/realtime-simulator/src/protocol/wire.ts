import type { ConversationItem, RealtimeServerEvent } from 'openai/resources/realtime/realtime';

type WithoutId<Event> = Event extends unknown ? Omit<Event, 'event_id'> : never;

/** An event of the server as it is sent, but for its id. */
export type Outgoing = WithoutId<RealtimeServerEvent>;
export type WireItem = ConversationItem;
export type Send = (event: Outgoing) => void;
