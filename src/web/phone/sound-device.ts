import { signal } from '@preact/signals';
import { type AudioReport, PhoneAudio, type ToAudio } from './phone-audio.js';
import workletAddress from './phone-worklet.ts?worker&url';

const LATENCY_EVERY_MS = 1000;
/** Where there is no audio thread, the page renders blocks of so many samples. */
const BLOCK_SAMPLES = 1024;

/** Speaker and microphone of one call. It is made in the click: browsers let only that begin to sound. */
export class SoundDevice {
  readonly #context = new AudioContext({ latencyHint: 'interactive' });
  readonly #onReport: (report: AudioReport) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #renderer: Renderer | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #closed = false;
  /** Another program has the sound, as when a real call comes in on a telephone. */
  readonly isInterrupted = signal(false);
  /** Seconds from here to the speaker, as the browser says. */
  readonly latencySeconds = signal(0);

  constructor(onReport: (report: AudioReport) => void) {
    this.#onReport = onReport;
    void this.#context.resume();
    this.#context.onstatechange = () => this.#stateChanged();
    this.#timer = setInterval(() => this.#tellLatency(), LATENCY_EVERY_MS);
  }

  /** Begins to render: what comes over `wire` sounds, and frames and marks go back. Rejects when the browser cannot. */
  async connect(wire: MessagePort): Promise<void> {
    const context = this.#context;
    this.#renderer = context.audioWorklet
      ? await workletRenderer(context, this.#onReport)
      : pageRenderer(context, this.#onReport);
    if (this.#closed) return;
    this.#renderer.node.connect(context.destination);
    this.#source?.connect(this.#renderer.node);
    this.#renderer.tell({ tell: 'wire', port: wire });
    this.#tellLatency();
  }

  /** The caller's voice from now on. Throws where the browser cannot join it to the speaker's rate (Firefox). */
  listenTo(microphone: MediaStream): void {
    if (this.#closed) return;
    this.#source = this.#context.createMediaStreamSource(microphone);
    if (this.#renderer) this.#source.connect(this.#renderer.node);
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
  readonly node: AudioNode;
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
