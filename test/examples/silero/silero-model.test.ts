import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { loadSileroModel } from '../../../examples/silero/silero-model.js';
import { loadSileroDetector } from '../../../examples/silero/silero-voice-activity.js';
import { detectorOver, times } from '../../support/silero-detector.js';
import { framesOf, speechClips } from '../../support/speech-clips.js';

const modelFile = process.env.SILERO_MODEL ?? '';
const hasRuntime = canResolve('onnxruntime-node');
const hasModel = hasRuntime && existsSync(modelFile);

function canResolve(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

describe('what is missing is said', () => {
  it('the model file', async () => {
    await expect(loadSileroDetector({ modelFile: '/nowhere/silero_vad.onnx' })).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'BAD_CONFIG',
      message: expect.stringMatching(/cannot be read: \/nowhere\/silero_vad\.onnx\. Give the path/),
    });
  });

  it.skipIf(hasRuntime)('the package, when it is not installed', async () => {
    await expect(loadSileroDetector({ modelFile: 'package.json' })).rejects.toMatchObject({
      name: 'GatewayError',
      code: 'BAD_CONFIG',
      message: expect.stringMatching(
        /onnxruntime-node, which cannot be loaded.*npm install onnxruntime-node/,
      ),
    });
  });

  it.runIf(hasRuntime)('a file that is no model', async () => {
    await expect(loadSileroDetector({ modelFile: 'package.json' })).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringMatching(/could not load the model package\.json/),
    });
  });
});

// Needs the package onnxruntime-node and SILERO_MODEL, the path of silero_vad.onnx (version 5).
describe.runIf(hasModel)('the real model', { timeout: 120_000 }, () => {
  it('hears everybody within 300 ms of their first sound, not before it, and until they stop', async () => {
    const { run } = await loadSileroModel({ modelFile });
    for (const { name, frames, onsetMs, offsetMs } of await speechClips()) {
      const { hear, events, faults } = detectorOver(run);
      await hear([...frames, ...times(50, Buffer.alloc(160, 0xff))]);
      const accepted = events.find(({ type }) => type === 'accepted');
      const ended = events.findLast(({ type }) => type === 'ended');
      expect(accepted?.atMs, name).toBeGreaterThan(onsetMs - 30);
      expect(accepted?.atMs, name).toBeLessThan(onsetMs + 236);
      expect(Math.abs((ended?.atMs ?? Number.NaN) - offsetMs), name).toBeLessThan(300);
      expect(faults, name).toEqual([]);
    }
  });

  it.each(['nz_a_impact_wrench.wav', 'nz_b_shop_rumble.wav', 'nz_c_dtmf.wav'])(
    'hears nobody in %s',
    async (file) => {
      const { run } = await loadSileroModel({ modelFile });
      const { hear, events } = detectorOver(run);
      await hear(await framesOf(file));
      expect(events.filter(({ type }) => type === 'accepted')).toEqual([]);
    },
  );
});
