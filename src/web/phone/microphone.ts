/** The caller's microphone, or why there is none, as a sentence for the caller. */
export type Microphone =
  | { readonly status: 'on'; readonly stream: MediaStream }
  | { readonly status: 'off'; readonly why: string };

const WITHOUT = 'The call goes on: press keys and listen.';

// No automatic gain: it would change how loud a caller is from call to call.
const WANTED: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: false },
};

/** Asks for the microphone; the person may take any time to answer. Never rejects. */
export async function askMicrophone(): Promise<Microphone> {
  if (!globalThis.isSecureContext || !navigator.mediaDevices) return { status: 'off', why: insecure() };
  try {
    return { status: 'on', stream: await navigator.mediaDevices.getUserMedia(WANTED) };
  } catch (error) {
    return { status: 'off', why: `${reasonOf(error)} ${WITHOUT}` };
  }
}

/** Sentences for what {@link askMicrophone} may be answered with. */
function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.name : String(error);
  if (name === 'NotAllowedError')
    return 'The browser may not use the microphone. You can allow it in the address bar.';
  if (name === 'NotFoundError') return 'This machine has no microphone.';
  if (name === 'NotReadableError') return 'Another program is using the microphone.';
  return `The microphone cannot be used (${name}).`;
}

function insecure(): string {
  return `Browsers give the microphone only to pages from https or from this machine itself; this one came from ${location.origin}. ${WITHOUT}`;
}
