import { describe, expect, it } from 'vitest';
import type { ModelRequest } from '../../../src/agents/realtime/model.js';
import { ModelTurns } from '../../../src/agents/realtime/model-turns.js';

function newTurns() {
  const sent: ModelRequest[] = [];
  const turns = new ModelTurns((request) => `request-${sent.push(request)}`);
  return { turns, sent };
}

const RESPOND = { type: 'respond' };

describe('the responses of a model', () => {
  it('are asked for one at a time, and what is wanted meanwhile is one more', () => {
    const { turns, sent } = newTurns();
    turns.want();
    turns.want();
    turns.want();
    expect(sent).toEqual([RESPOND]);
    turns.onResponseCreated('a');
    expect(sent).toEqual([RESPOND]);
    turns.onResponseDone('a');
    expect(sent).toEqual([RESPOND, RESPOND]);
  });

  it('are not asked for when the server answers a turn by itself', () => {
    const { turns, sent } = newTurns();
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.onResponseDone('a');
    expect(sent).toEqual([]);
  });

  it('are asked for after a turn that was committed during another response', () => {
    const { turns, sent } = newTurns();
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.onTurnCommitted();
    expect(sent).toEqual([]);
    turns.onResponseDone('a');
    expect(sent).toEqual([RESPOND]);
  });

  it('are not asked for while a function runs that the model has called, whoever wants them', () => {
    let isRunning = true;
    const sent: ModelRequest[] = [];
    const turns = new ModelTurns(
      (request) => `request-${sent.push(request)}`,
      () => isRunning,
    );
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.want();
    turns.onTurnCommitted();
    turns.onResponseDone('a');
    expect(sent).toEqual([]);
    isRunning = false;
    turns.want();
    expect(sent).toEqual([RESPOND]);
  });

  it('are cancelled by their id when they are created after the decision to cancel', () => {
    const { turns, sent } = newTurns();
    turns.want();
    turns.cut();
    expect(sent).toEqual([RESPOND]);
    turns.onResponseCreated('a');
    expect(sent.at(-1)).toEqual({ type: 'cancel', responseId: 'a' });
    expect(turns.isCut('a')).toBe(true);
  });

  it('wait for the end of a cancelled one before the next is asked for', () => {
    const { turns, sent } = newTurns();
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.cut();
    turns.want();
    expect(sent).toEqual([{ type: 'cancel', responseId: 'a' }]);
    turns.onResponseDone('other');
    expect(sent).toHaveLength(1);
    turns.onResponseDone('a');
    expect(sent.at(-1)).toEqual(RESPOND);
  });

  it('are not asked for while the caller has the turn, and one answers all', () => {
    const { turns, sent } = newTurns();
    turns.callerSpeaks();
    turns.want();
    expect(sent).toEqual([]);
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.onResponseDone('a');
    expect(sent).toEqual([]);
  });

  it('are asked for after all when the caller has said nothing', () => {
    const { turns, sent } = newTurns();
    turns.callerSpeaks();
    turns.want();
    turns.callerIsDone();
    expect(sent).toEqual([RESPOND]);
  });

  it('are asked for again when the server was quicker with one of its own', () => {
    const { turns, sent } = newTurns();
    turns.want();
    turns.onTurnCommitted();
    turns.onResponseCreated('own');
    expect(turns.onError('request-1', 'conversation_already_has_active_response')).toBe('known');
    expect(sent).toHaveLength(1);
    turns.onResponseDone('own');
    expect(sent).toEqual([RESPOND, RESPOND]);
  });

  it('that lost a cancellation to their end are no fault', () => {
    const { turns } = newTurns();
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.cut();
    expect(turns.onError('request-1', 'response_cancel_not_active')).toBe('known');
  });

  it('are a fault when the server refuses them for another reason', () => {
    const { turns } = newTurns();
    turns.want();
    expect(turns.onError('request-1', 'rate_limit_exceeded')).toBe('failed');
    expect(turns.isBusy).toBe(false);
  });

  it('are asked for when a server makes none by itself', () => {
    const { turns, sent } = newTurns();
    turns.onTurnCommitted();
    expect(turns.isAwaitingServer).toBe(true);
    turns.overdue();
    expect(sent).toEqual([RESPOND]);
  });

  it('that the server never tells of are asked for again', () => {
    const { turns, sent } = newTurns();
    turns.want();
    turns.overdue();
    expect(sent).toEqual([RESPOND, RESPOND]);
    expect(turns.isAwaitingServer).toBe(true);
  });

  it('that the server announces late are not heard twice', () => {
    const { turns, sent } = newTurns();
    turns.want();
    turns.overdue();
    expect(turns.onError('request-2', 'conversation_already_has_active_response')).toBe('known');
    turns.onResponseCreated('late');
    turns.onResponseDone('late');
    expect(sent).toHaveLength(2);
    expect(turns.isBusy).toBe(false);
  });

  it('that were refused for one of which nothing is ever told are asked for again', () => {
    const { turns, sent } = newTurns();
    turns.want();
    turns.onError('request-1', 'conversation_already_has_active_response');
    expect(sent).toHaveLength(1);
    expect(turns.isAwaitingServer).toBe(true);
    turns.overdue();
    expect(sent).toEqual([RESPOND, RESPOND]);
  });

  it('follow one that was cut and of whose end nothing is told', () => {
    const { turns, sent } = newTurns();
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.cut();
    turns.onTurnCommitted();
    expect(sent).toEqual([{ type: 'cancel', responseId: 'a' }]);
    expect(turns.isAwaitingServer).toBe(true);
    turns.overdue();
    expect(sent.at(-1)).toEqual(RESPOND);
    turns.onResponseCreated('b');
    turns.onResponseDone('a');
    expect(turns.activeId).toBe('b');
  });

  it('that were to ask after a silent caller give way to an answer', () => {
    const { turns, sent } = newTurns();
    turns.onTurnCommitted();
    turns.onResponseCreated('a');
    turns.want({ instructions: 'Ask whether the caller is there.' });
    turns.onTurnCommitted();
    turns.onResponseDone('a');
    expect(sent).toEqual([RESPOND]);
  });
});
