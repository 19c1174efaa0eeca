// What an AudioWorklet's global scope has, beside what all scopes have; TypeScript's library does not know it.

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare const sampleRate: number;

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
