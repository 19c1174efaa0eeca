import { readWav } from '../audio/wav.js';
import { toPhone } from './phone-band.js';
import { lexiconFile } from './pronunciations.js';
import { type CompiledCommand, compileCommand, runCommand } from './wasi-command.js';

const VOICE = 'rms';
const SOURCE_RATE = 16000;
const WAV_FILE = 'speech.wav';
const LEXICON_FILE = 'lexicon.txt';

/** The Flite program itself. Every call occupies its thread for about 50 ms a sentence: for a worker thread only. */
export class FliteEngine {
  readonly #flite: CompiledCommand;

  private constructor(flite: CompiledCommand) {
    this.#flite = flite;
  }

  /** `program` is `flite.wasm`. */
  static async load(program: Uint8Array): Promise<FliteEngine> {
    return new FliteEngine(await compileCommand(program));
  }

  /** Mu-law at 8 kHz in whole 20 ms frames, the same bytes for the same text. Throws when nothing came out. */
  say(text: string): Buffer {
    const args = ['flite', '-voice', VOICE, '-add_lex', LEXICON_FILE, '-t', text, '-o', WAV_FILE];
    const { status, files } = runCommand(this.#flite, args, { [LEXICON_FILE]: lexiconFile() });
    const file = files.get(WAV_FILE);
    if (status !== 0 || !file) throw new Error(`Flite ended with status ${status} and made no audio`);
    const { sampleRate, channels } = readWav(file.content);
    const speech = channels[0];
    if (sampleRate !== SOURCE_RATE || !speech) throw new Error(`Flite made audio at ${sampleRate} Hz`);
    const audio = toPhone(speech);
    if (audio.length === 0) throw new Error('Flite made nothing but silence');
    return audio;
  }
}
