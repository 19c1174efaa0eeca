/** What a program can do about a {@link RealtimeSimulatorError}. */
export type RealtimeSimulatorErrorCode = 'BAD_OPTION' | 'BAD_SCRIPT' | 'DEADLINE';

/** A fault with a sentence for the person who reads it and a code for the program that handles it. */
export class RealtimeSimulatorError extends Error {
  readonly code: RealtimeSimulatorErrorCode;

  constructor(code: RealtimeSimulatorErrorCode, message: string) {
    super(message);
    this.name = 'RealtimeSimulatorError';
    this.code = code;
  }
}

/** The sentence of whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : `a thrown ${typeof error}`;
}
