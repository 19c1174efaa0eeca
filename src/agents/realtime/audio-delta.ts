import { isJsonObject, parsedJson } from '../../core/json.js';
import { MOST_OF_ID, type PartDelta } from './server-events.js';

const DELTA = '"delta":"';
const NAME = '"delta"';
const TYPES: ReadonlySet<string> = new Set(['response.output_audio.delta', 'response.audio.delta']);
/** What is shorter is words, or costs nothing. */
const SHORTEST = 100;

/**
 * An event that brings audio, which is by far the most of what a server sends: what stands around the audio is parsed alone, in half the time
 * that the whole takes. Null for every other event, and for one that is written in another way; they are for whoever reads all of them.
 */
export function audioDelta(text: string): PartDelta | null {
  const at = text.indexOf(DELTA) + DELTA.length;
  if (at < DELTA.length) return null;
  const end = text.indexOf('"', at);
  // Base64 needs no escapes, and where there are none this is the end of the text and no other name is written for `delta`.
  if (end - at < SHORTEST || text.includes('\\') || text.includes(NAME, end)) return null;
  const event = parsedJson(text.slice(0, at) + text.slice(end));
  if (!isJsonObject(event) || event.delta !== '') return null;
  // By hand: a schema takes longer than all the rest.
  const { type, response_id, item_id } = event;
  const isAudio = typeof type === 'string' && TYPES.has(type) && isId(response_id) && isId(item_id);
  return isAudio ? { type, response_id, item_id, delta: text.slice(at, end) } : null;
}

function isId(value: unknown): value is string | null | undefined {
  if (value === undefined || value === null) return true;
  return typeof value === 'string' && value.length > 0 && value.length <= MOST_OF_ID;
}
