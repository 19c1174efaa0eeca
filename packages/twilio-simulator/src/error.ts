/** What a program can do about a {@link SimulatorError}. */
export type SimulatorErrorCode = 'BAD_MESSAGE' | 'BAD_REQUEST' | 'CONFLICT' | 'DEADLINE' | 'UNAVAILABLE';

/** A fault with a sentence for the person who reads it and a code for the program that handles it. */
export class SimulatorError extends Error {
  readonly code: SimulatorErrorCode;

  constructor(code: SimulatorErrorCode, message: string) {
    super(message);
    this.name = 'SimulatorError';
    this.code = code;
  }
}

/** The sentence of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : `a thrown ${typeof error}`;
}
