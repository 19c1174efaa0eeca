import { describe, expect, test } from 'vitest';
import { echoAgent } from '../../../src/agents/echo/echo-agent.js';
import { ScriptedCallControl } from '../../support/scripted-call-control.js';

function echoed(control: ScriptedCallControl): Buffer[][] {
  return control.utterances.map(({ pieces }) => pieces.map(({ audio }) => audio));
}

describe('the echo agent', () => {
  test('plays every frame back in one utterance, the same bytes without a copy', () => {
    const control = new ScriptedCallControl();
    const agent = echoAgent(control);
    const frames = [Buffer.alloc(160, 1), Buffer.alloc(160, 2), Buffer.alloc(3, 3)];
    agent.start();
    for (const frame of frames) agent.pushAudio(frame);
    expect(echoed(control)).toEqual([frames]);
    expect(echoed(control)[0]?.every((audio, index) => audio === frames[index])).toBe(true);
  });

  test('says nothing before the caller does', () => {
    const control = new ScriptedCallControl();
    const agent = echoAgent(control);
    agent.start();
    agent.onDigit();
    expect(control.utterances).toEqual([]);
  });

  test('begins a new utterance after a key has interrupted it', () => {
    const control = new ScriptedCallControl();
    const agent = echoAgent(control);
    agent.pushAudio(Buffer.alloc(160, 1));
    control.press(agent, '5');
    agent.pushAudio(Buffer.alloc(160, 2));
    expect(echoed(control)).toEqual([[Buffer.alloc(160, 1)], [Buffer.alloc(160, 2)]]);
  });

  test('is not interrupted by the voice that it echoes', () => {
    expect(echoAgent(new ScriptedCallControl()).turnDetection).toBe('model');
  });

  test('ends its utterance when the call is over', async () => {
    const control = new ScriptedCallControl();
    const agent = echoAgent(control);
    agent.pushAudio(Buffer.alloc(160, 1));
    await agent.stop();
    expect(control.utterances[0]?.ended).toBe(true);
    await expect(control.utterances[0]?.heard).resolves.toMatchObject({ completed: true });
  });
});
