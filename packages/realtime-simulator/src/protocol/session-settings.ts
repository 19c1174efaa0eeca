import type { RealtimeSessionCreateRequest } from 'openai/resources/realtime/realtime';
import type { AudioType } from '../audio/formats.js';
import type { DetectorSettings } from '../audio/voice-detector.js';
import { isJsonObject } from '../json.js';
import type { Profile } from '../profiles.js';
import { type ClientEvent, clientEventProblems } from './client-events.js';
import type { Problem } from './shape.js';

type Update = RealtimeSessionCreateRequest;
type TurnDetection = NonNullable<NonNullable<NonNullable<Update['audio']>['input']>['turn_detection']>;

const PCM = { type: 'audio/pcm', rate: 24_000 } as const;
const SERVER_VAD = {
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  create_response: true,
  interrupt_response: true,
  idle_timeout_ms: null,
};
const SEMANTIC_VAD = { eagerness: 'auto', create_response: true, interrupt_response: true } as const;
/** How much silence ends a turn by meaning; this server knows no meaning. */
const SILENCE_BY_EAGERNESS = { low: 1600, medium: 800, auto: 800, high: 400 };

/** The settings of one session, as `session.created` and `session.updated` report them. */
export class SessionSettings {
  readonly #profile: Profile;
  #session: Update & { audio: { input: object; output: object } };
  #turnDetection: TurnDetection | null = { type: 'server_vad', ...SERVER_VAD };
  inputType: AudioType = 'audio/pcm';
  outputType: AudioType = 'audio/pcm';
  transcribes = false;
  transcriptionModel: string | null = null;

  constructor(profile: Profile, model: string) {
    this.#profile = profile;
    this.#session = {
      type: 'realtime',
      model,
      output_modalities: ['audio'],
      instructions: '',
      audio: {
        input: {
          format: PCM,
          turn_detection: this.#turnDetection,
        },
        output: { format: PCM, voice: 'alloy', speed: 1 },
      },
      tools: [],
      tool_choice: 'auto',
      max_output_tokens: 'inf',
      truncation: 'auto',
      tracing: null,
    };
  }

  get wire(): Update {
    return this.#session;
  }

  get modality(): 'audio' | 'text' {
    return this.#session.output_modalities?.[0] ?? 'audio';
  }

  get createsResponses(): boolean {
    return this.#turnDetection?.create_response === true;
  }

  get interruptsResponses(): boolean {
    return this.#turnDetection?.interrupt_response === true;
  }

  /** `null`: the client ends turns by itself. */
  get detector(): DetectorSettings | null {
    const turns = this.#turnDetection;
    if (!turns) return null;
    if (turns.type === 'semantic_vad') {
      const silenceMs = SILENCE_BY_EAGERNESS[turns.eagerness ?? 'auto'];
      return { threshold: 0.5, silenceMs, prefixMs: SERVER_VAD.prefix_padding_ms };
    }
    return {
      threshold: turns.threshold ?? SERVER_VAD.threshold,
      silenceMs: turns.silence_duration_ms ?? SERVER_VAD.silence_duration_ms,
      prefixMs: turns.prefix_padding_ms ?? SERVER_VAD.prefix_padding_ms,
    };
  }

  /**
   * Takes over a `session.update`, all of it or nothing. `refused` is why nothing was; `ignored` is what this endpoint silently leaves out.
   */
  update(event: ClientEvent): { refused: Problem[]; ignored: Problem[] } {
    const { session } = event;
    const problems = this.#problemsOf(event, session);
    const forgiven = ({ code, param }: Problem) =>
      this.#profile.unknownFields === 'ignored' &&
      (code === 'unknown_parameter' || /format\.\w+$/.test(param));
    const refused = problems.filter((problem) => !forgiven(problem));
    if (isUpdate(session, refused)) this.#apply(session);
    return { refused, ignored: problems.filter(forgiven) };
  }

  #problemsOf(event: ClientEvent, session: unknown): Problem[] {
    const audio = isJsonObject(session) && isJsonObject(session.audio) ? session.audio : {};
    const { input, output } = audio;
    const turns =
      isJsonObject(input) && isJsonObject(input.turn_detection) ? input.turn_detection.type : null;
    return [
      ...clientEventProblems(event),
      ...this.#formatProblems(input, 'session.audio.input.format'),
      ...this.#formatProblems(output, 'session.audio.output.format'),
      ...(turns === 'semantic_vad' && !this.#profile.semanticVad
        ? [refusedValue('session.audio.input.turn_detection.type', turns, "'server_vad'")]
        : []),
    ];
  }

  /** Takes over what the update names. Fields and formats that this endpoint ignores stay as they are. */
  #apply(update: Update): void {
    const { audio, model: _, type: __, ...plain } = update;
    const input = { ...audio?.input };
    const output = { ...audio?.output };
    if (input.format) this.inputType = this.#known(input.format) ?? this.inputType;
    if (output.format) this.outputType = this.#known(output.format) ?? this.outputType;
    if (input.turn_detection !== undefined) this.#turnDetection = withDefaults(input.turn_detection);
    if (input.transcription !== undefined) {
      this.transcribes = input.transcription !== null;
      this.transcriptionModel = input.transcription?.model ?? null;
    }
    this.#session = {
      ...this.#session,
      ...plain,
      audio: {
        input: {
          ...this.#session.audio.input,
          ...input,
          format: wireFormat(this.inputType),
          turn_detection: this.#turnDetection,
        },
        output: { ...this.#session.audio.output, ...output, format: wireFormat(this.outputType) },
      },
    };
  }

  /** The script's own: reported and used, whatever was asked for. */
  force(type: AudioType): void {
    this.#apply({ type: 'realtime', audio: { input: { format: { type } }, output: { format: { type } } } });
    this.inputType = type;
    this.outputType = type;
  }

  #known({ type }: { type?: string }): AudioType | null {
    return this.#profile.formats.find((format) => format === type) ?? null;
  }

  #formatProblems(side: unknown, param: string): Problem[] {
    const format = isJsonObject(side) ? side.format : undefined;
    if (!isJsonObject(format) || typeof format.type !== 'string') return [];
    const known = this.#known({ type: format.type });
    if (known === null)
      return [
        refusedValue(
          `${param}.type`,
          format.type,
          this.#profile.formats.map((type) => `'${type}'`).join(', '),
        ),
      ];
    if (known === 'audio/pcm' && format.rate !== undefined && format.rate !== PCM.rate)
      return [refusedValue(`${param}.rate`, format.rate, `'${PCM.rate}'`)];
    if (known === 'audio/pcm' || format.rate === undefined || this.#profile.pcmuRate === 'accepted')
      return [];
    const message = `Unknown parameter: '${param}.rate'.`;
    return [{ code: 'unknown_parameter', param: `${param}.rate`, message, hint: 'Known here: type.' }];
  }
}

function isUpdate(value: unknown, problems: readonly Problem[]): value is Update {
  return isJsonObject(value) && problems.length === 0;
}

function withDefaults(turns: TurnDetection | null): TurnDetection | null {
  if (!turns) return null;
  return turns.type === 'server_vad' ? { ...SERVER_VAD, ...turns } : { ...SEMANTIC_VAD, ...turns };
}

function wireFormat(type: AudioType) {
  return type === 'audio/pcm' ? PCM : { type };
}

function refusedValue(param: string, value: unknown, expected: string): Problem {
  const message = `Invalid value for '${param}': ${JSON.stringify(value)}. Supported values are: ${expected}.`;
  return { code: 'invalid_value', param, message, hint: `Use one of: ${expected}.` };
}

/** The voice that a `session.update` asks for. */
export function voiceOf({ session }: ClientEvent): unknown {
  const audio = isJsonObject(session) ? session.audio : null;
  const output = isJsonObject(audio) ? audio.output : null;
  return isJsonObject(output) ? output.voice : undefined;
}
