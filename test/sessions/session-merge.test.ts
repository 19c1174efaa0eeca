import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonFields, setJsonFields } from '../../src/sessions/json-fields.js';
import { isTakenOver, mergeSessions, SHARED_FIELDS } from '../../src/sessions/session-merge.js';

const OWN = { stream_sid: 'MZ1', speaking: false, states: [], interruptions: 0, resumes: 0 };

function version(fields: Record<string, unknown>): JsonFields {
  const map: JsonFields = new Map();
  setJsonFields(map, { ...OWN, ...fields });
  return map;
}

/** A version as its call held it. */
const own = (fields: JsonFields) => ({ fields, ours: fields });

const read = (fields: JsonFields): Record<string, unknown> =>
  JSON.parse(`{${[...fields.values()].join(',')}}`);

describe('a live session and a stored one that others have written', () => {
  it('keeps theirs where only they changed, ours where we did, and what only they know', () => {
    const base = version({ intent: null, customer_id: null, collected_data: {} });
    const theirs = version({ intent: 'shop_info', customer_id: 1, collected_data: {}, note: 'regular' });
    const ours = version({ intent: null, customer_id: 2, collected_data: { a: 1 }, speaking: true });
    const { next, adopted } = mergeSessions({ ours, bases: [own(base)], theirs });
    expect(adopted).toEqual(['intent']);
    expect(read(next)).toEqual({
      ...OWN,
      speaking: true,
      intent: 'shop_info',
      customer_id: 2,
      collected_data: { a: 1 },
      note: 'regular',
    });
  });

  it('takes a write of ours whose outcome was unknown for ours', () => {
    const [before, sent] = [version({ intent: null }), version({ intent: 'shop_info', speaking: true })];
    const ours = version({ intent: 'talk_to_person' });
    for (const theirs of [before, sent]) {
      const { next, adopted } = mergeSessions({ ours, bases: [own(before), own(sent)], theirs });
      expect(adopted).toEqual([]);
      expect(read(next)).toEqual(read(ours));
    }
  });

  it('keeps theirs when a write that took it over had an unknown outcome', () => {
    const ours = version({ intent: null, customer_id: null });
    const known = own(ours);
    const taken = version({ intent: null, customer_id: 7 });
    const unsure = { fields: taken, ours };
    for (const bases of [[known, unsure], [unsure]]) {
      const { next, adopted } = mergeSessions({
        ours: version({ intent: 'shop_info', customer_id: null }),
        bases,
        theirs: taken,
      });
      expect(adopted).toEqual(['customer_id']);
      expect(read(next)).toEqual({ ...OWN, intent: 'shop_info', customer_id: 7 });
    }
    const changed = version({ intent: null, customer_id: 8 });
    expect(mergeSessions({ ours: changed, bases: [known, unsure], theirs: taken }).adopted).toEqual([]);
  });

  it('takes over what others changed since a call was read, whoever wrote besides', () => {
    const base = version({ intent: null, conversation_history: [] });
    const theirs = version({ intent: 'shop_info', conversation_history: [], interruptions: 5 });
    const ours = version({ intent: null, conversation_history: [], stream_sid: 'MZ2', resumes: 1 });
    expect(mergeSessions({ ours, bases: [own(base)], theirs }).adopted).toEqual([]);
    expect(mergeSessions({ ours, bases: [own(base)], theirs, isFresh: true }).adopted).toEqual(['intent']);
  });

  it('takes nothing from a version that is no later one of what was stored', () => {
    const base = version({ intent: 'shop_info', interruptions: 3 });
    const backup = version({ intent: null, interruptions: 1 });
    expect(mergeSessions({ ours: base, bases: [own(base)], theirs: backup }).adopted).toEqual([]);
  });

  it('loses no change of a field that one side alone made, whatever was changed', () => {
    const value = fc.constantFrom(null, 1, 'x', 2, 'y');
    const change = fc.dictionary(fc.constantFrom(...SHARED_FIELDS), value, { maxKeys: 5 });
    fc.assert(
      fc.property(change, change, change, (initial, mine, foreign) => {
        const base = version(initial);
        const ours = version({ ...initial, ...mine });
        const theirs = version({ ...initial, ...foreign });
        const merged = read(mergeSessions({ ours, bases: [own(base)], theirs }).next);
        for (const field of SHARED_FIELDS) {
          const was = read(base)[field];
          const changedByUs = read(ours)[field] !== was;
          expect(merged[field]).toBe(changedByUs ? read(ours)[field] : read(theirs)[field]);
        }
      }),
    );
  });
});

describe('the stream that a session is stored for takes the call from us', () => {
  const own = { stream_sid: 'MZ1', resumes: 1 };
  const past = new Set(['MZ0']);
  it.each([
    ['itself', { stream_sid: 'MZ1', resumes: 1 }, false],
    ['a stream of its own from before', { stream_sid: 'MZ0', resumes: 9 }, false],
    ['the stream that it picks the call up from', { stream_sid: 'MZ9', resumes: 0 }, false],
    ['a stream that picked the call up later', { stream_sid: 'MZ2', resumes: 2 }, true],
    [
      'a stream that picked it up at the same time and was stored first',
      { stream_sid: 'MZ2', resumes: 1 },
      true,
    ],
  ])('against %s', (_, stored, expected) => {
    expect(isTakenOver(stored, own, past)).toBe(expected);
  });
});
