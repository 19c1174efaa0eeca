import { signal } from '@preact/signals';
import { SAMPLE_RATE } from '../../audio/mulaw.js';
import { type AudioReport, PhoneAudio, type ToAudio } from './phone-audio.js';
import workletAddress from './phone-worklet.ts?worker&url';

const LATENCY_EVERY_MS = 1000;
/** Where there is no audio thread, the page renders blocks of so many samples. */
const BLOCK_SAMPLES = 1024;
/** A context that does not run by then has no speaker (Firefox without a sound device). */
const RUNS_WITHIN_MS = 1500;
const TIMED_BLOCK_MS = 20;

/** Speaker and microphone of one call. It is made in the click: browsers let only that begin to sound. */
export class SoundDevice {
  readonly #context = new AudioContext({ latencyHint: 'interactive' });
  readonly #onReport: (report: AudioReport) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #running: Promise<boolean>;
  #renderer: Renderer | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #closed = false;
  /** Another program has the sound, as when a real call comes in on a telephone. */
  readonly isInterrupted = signal(false);
  /** Nothing asks for the agent's sound; what is said can only be read. */
  readonly isSilent = signal(false);
  /** Seconds from here to the speaker, as the browser says. */
  readonly latencySeconds = signal(0);

  constructor(onReport: (report: AudioReport) => void) {
    this.#onReport = onReport;
    this.#running = this.#runs();
    this.#context.onstatechange = () => this.#stateChanged();
    this.#timer = setInterval(() => this.#tellLatency(), LATENCY_EVERY_MS);
  }

  /** Begins to render: what comes over `wire` sounds, and frames and marks go back. Rejects when the browser cannot. */
  async connect(wire: MessagePort): Promise<void> {
    this.isSilent.value = !(await this.#running);
    this.#renderer = await this.#render();
    if (this.#closed) return;
    this.#renderer.node?.connect(this.#context.destination);
    this.#joinMicrophone();
    this.#renderer.tell({ tell: 'wire', port: wire });
    this.#tellLatency();
  }

  /** The caller's voice from now on. Throws where the browser cannot join it to the speaker's rate (Firefox). */
  listenTo(microphone: MediaStream): void {
    if (this.#closed) return;
    this.#source = this.#context.createMediaStreamSource(microphone);
    this.#joinMicrophone();
  }

  set muted(muted: boolean) {
    this.#renderer?.tell({ tell: 'mute', muted });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#context.onstatechange = null;
    this.#renderer?.tell({ tell: 'over' });
    this.#source?.disconnect();
    void this.#context.close();
  }

  async #runs(): Promise<boolean> {
    const resumed = this.#context.resume().then(
      () => true,
      () => true,
    );
    const waited = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(this.#context.state !== 'suspended'), RUNS_WITHIN_MS);
    });
    return Promise.race([resumed, waited]);
  }

  async #render(): Promise<Renderer> {
    if (this.isSilent.value) return timedRenderer(this.#onReport);
    return this.#context.audioWorklet
      ? workletRenderer(this.#context, this.#onReport)
      : pageRenderer(this.#context, this.#onReport);
  }

  #joinMicrophone(): void {
    if (this.#renderer?.node) this.#source?.connect(this.#renderer.node);
  }

  // After an interruption iOS goes to `suspended` first, and only from there a context can be resumed.
  #stateChanged(): void {
    const { state } = this.#context;
    this.isInterrupted.value = state === 'interrupted';
    if (state === 'suspended' && !this.#closed) void this.#context.resume();
  }

  #tellLatency(): void {
    const { outputLatency, baseLatency } = this.#context;
    this.latencySeconds.value = outputLatency || baseLatency || 0;
    this.#renderer?.tell({ tell: 'latency', seconds: this.latencySeconds.value });
  }
}

/** Renders the audio in blocks, as the sound device asks for them. */
interface Renderer {
  /** Null: it has no part in the context. */
  readonly node: AudioNode | null;
  tell(message: ToAudio): void;
}

async function workletRenderer(
  context: AudioContext,
  onReport: (report: AudioReport) => void,
): Promise<Renderer> {
  await context.audioWorklet.addModule(workletAddress);
  const node = new AudioWorkletNode(context, 'phone', {
    outputChannelCount: [1],
    channelCount: 1,
    channelCountMode: 'explicit',
  });
  node.port.onmessage = ({ data }: MessageEvent<AudioReport>) => onReport(data);
  return {
    node,
    tell: (message) => node.port.postMessage(message, message.tell === 'wire' ? [message.port] : []),
  };
}

/** Pages from plain http have no audio thread: the page renders by itself, and a page that is busy is heard. */
function pageRenderer(context: AudioContext, report: (report: AudioReport) => void): Renderer {
  const node = context.createScriptProcessor(BLOCK_SAMPLES, 1, 1);
  const audio = new PhoneAudio(context.sampleRate, report);
  node.onaudioprocess = ({ inputBuffer, outputBuffer }) =>
    audio.render(inputBuffer.getChannelData(0), outputBuffer.getChannelData(0));
  return {
    node,
    tell: (message) => {
      audio.told(message);
      if (audio.isOver) node.disconnect();
    },
  };
}

/** Where no speaker asks for sound a timer does: frames go out, marks come back, and the call goes on by keys. */
function timedRenderer(report: (report: AudioReport) => void): Renderer {
  const audio = new PhoneAudio(SAMPLE_RATE, report);
  const beganAt = performance.now();
  let rendered = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganAt) * SAMPLE_RATE) / 1000) - rendered;
    audio.render(null, new Float32Array(due));
    rendered += due;
  }, TIMED_BLOCK_MS);
  return {
    node: null,
    tell: (message) => {
      audio.told(message);
      if (audio.isOver) clearInterval(timer);
    },
  };
}
