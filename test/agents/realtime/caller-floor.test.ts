import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, TalkingCall } from '../../support/talking-call.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a reply that was dropped for what the caller said', () => {
  it.each(['a second later', 'never'])(
    'is not played, though its server tells %s that it is over',
    async (when) => {
      const call = new TalkingCall();
      call.agent.start(false);
      await settled();
      call.control.instant = false;
      call.model.hears('I need');
      const first = call.model.begins();
      call.agent.onSpeechStarted(3000);
      const item = call.model.speaks(first, 'What do you need?');
      call.agent.onSpeechEnded(4000);
      call.model.hears('an oil change');
      await vi.advanceTimersByTimeAsync(1500);
      if (when !== 'never') {
        call.model.completes(first, 'cancelled');
        expect(call.model.of('delete_item')).toEqual([{ type: 'delete_item', itemId: item }]);
      }
      await vi.advanceTimersByTimeAsync(5000);
      expect(call.control.utterances).toHaveLength(1);
      call.model.answers('When would you like to come?');
      call.control.playOut();
      await settled();
      expect(call.control.utterances.map(({ transcript }) => transcript?.text)).toEqual([
        undefined,
        'When would you like to come?',
      ]);
    },
  );
});
