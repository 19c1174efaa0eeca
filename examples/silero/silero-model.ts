import { access, constants } from 'node:fs/promises';
import { BYTES_PER_MS } from '../../src/audio/mulaw.js';
import { GatewayError, summarize } from '../../src/core/errors.js';

/** Samples before the new ones that each run of the model is given again, at 8 kHz. */
export const CONTEXT_SAMPLES = 32;
/** New samples in each run, at 8 kHz: 32 ms. */
export const WINDOW_SAMPLES = 256;
export const WINDOW_MS = WINDOW_SAMPLES / BYTES_PER_MS;
/** Numbers that the model hands from one run to the next; all are 0 before the first. */
export const STATE_SIZE = 2 * 128;

/** Silero VAD of version 5 at 8 kHz. One model serves many calls; the state of each is handed in and given back. */
export interface SileroModel {
  /**
   * `samples`: {@link CONTEXT_SAMPLES} old and {@link WINDOW_SAMPLES} new, full scale is 1. `state`: {@link STATE_SIZE} numbers.
   * Returns the probability of speech, 0 to 1, and the state for the next window. Rejects when the model cannot be run.
   */
  run(
    samples: Float32Array,
    state: Float32Array,
  ): Promise<{ readonly probability: number; readonly state: Float32Array }>;
}

export interface SileroModelOptions {
  /** The path of `silero_vad.onnx`, version 5. */
  readonly modelFile: string;
  /** Threads that share one run; 1 when absent. */
  readonly threads?: number;
}

// What is used of onnxruntime-node, which is an optional package: its own types are not there to compile against.
interface OnnxRuntime {
  readonly InferenceSession: { create(file: string, options: object): Promise<OnnxSession> };
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => object;
}

interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, { readonly data: unknown }>>>;
}

/** A plain string to the compiler, which would look for the package's types otherwise. */
const PACKAGE: string = 'onnxruntime-node';
const ADVICE = 'Give the path of silero_vad.onnx, version 5.';
const ERRORS_ONLY = 3;

/**
 * Loads the model into `onnxruntime-node`. Its runs are computed on the thread of the caller, in a later turn of the event
 * loop: 31 a second for each call. Rejects with a `BAD_CONFIG` {@link GatewayError} when the file or the package is missing
 * or is something else.
 */
export async function loadSileroModel({ modelFile, threads = 1 }: SileroModelOptions): Promise<SileroModel> {
  await access(modelFile, constants.R_OK).catch((cause) => {
    throw fault(`The model of the Silero detector cannot be read: ${modelFile}. ${ADVICE}`, cause);
  });
  const runtime = await loadRuntime();
  const settings = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: ERRORS_ONLY,
  };
  const session = await runtime.InferenceSession.create(modelFile, settings).catch((cause) => {
    throw fault(`onnxruntime-node could not load the model ${modelFile}. ${ADVICE}`, cause);
  });
  if (!isSilero(session)) {
    const found = `it takes ${session.inputNames.join(', ')} and gives ${session.outputNames.join(', ')}`;
    throw fault(`${modelFile} is no Silero VAD model of version 5: ${found}. ${ADVICE}`);
  }
  return { run: (samples, state) => run(runtime, session, samples, state) };
}

async function loadRuntime(): Promise<OnnxRuntime> {
  const advice =
    'Install it beside bayline (npm install onnxruntime-node), or use the detector that needs no model.';
  const module: unknown = await import(PACKAGE).catch((cause) => {
    throw fault(
      `The Silero detector needs the package onnxruntime-node, which cannot be loaded. ${advice}`,
      cause,
    );
  });
  if (!isOnnxRuntime(module))
    throw fault(`The package onnxruntime-node has no InferenceSession or no Tensor. ${advice}`);
  return module;
}

async function run(runtime: OnnxRuntime, session: OnnxSession, samples: Float32Array, state: Float32Array) {
  const { output, stateN } = await session.run({
    input: new runtime.Tensor('float32', samples, [1, samples.length]),
    state: new runtime.Tensor('float32', state, [2, 1, STATE_SIZE / 2]),
    sr: new runtime.Tensor('int64', BigInt64Array.of(8000n), []),
  });
  if (!(output?.data instanceof Float32Array && stateN?.data instanceof Float32Array))
    throw new GatewayError('SPEECH_FAILED', 'The Silero model gave no numbers');
  return { probability: output.data[0] ?? Number.NaN, state: stateN.data };
}

function isSilero({ inputNames, outputNames }: OnnxSession): boolean {
  return (
    ['input', 'state', 'sr'].every((name) => inputNames.includes(name)) &&
    ['output', 'stateN'].every((name) => outputNames.includes(name))
  );
}

function isOnnxRuntime(module: unknown): module is OnnxRuntime {
  if (typeof module !== 'object' || module === null) return false;
  if (!('InferenceSession' in module && 'Tensor' in module)) return false;
  const { InferenceSession: session, Tensor: tensor } = module;
  return (
    typeof tensor === 'function' &&
    typeof session === 'function' &&
    'create' in session &&
    typeof session.create === 'function'
  );
}

function fault(message: string, cause?: unknown): GatewayError {
  if (cause === undefined) return new GatewayError('BAD_CONFIG', message);
  return new GatewayError('BAD_CONFIG', `${message} (${summarize(cause).message})`, { cause });
}
