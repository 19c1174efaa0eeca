import { MemoryFile } from './memory-file.js';
import { CommandExit, WasiShim } from './wasi-shim.js';

// Node's own declarations leave WebAssembly to the DOM library; these are the parts used here.
declare namespace WebAssembly {
  class Module {
    private readonly code;
  }
  class Instance {
    constructor(module: Module, imports: { wasi_snapshot_preview1: WasiShim['imports'] });
    readonly exports: Readonly<Record<string, unknown>>;
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  function compile(bytes: Uint8Array): Promise<Module>;
}

export type CompiledCommand = WebAssembly.Module;

/** What a command left behind. */
export interface CommandResult {
  /** 0 when it ended well. */
  readonly status: number;
  /** Its standard output and standard error together. */
  readonly printed: string;
  /** The files that it was given or wrote, by their paths. */
  readonly files: ReadonlyMap<string, MemoryFile>;
}

/** Compiles a WASI command; the result serves any number of runs. */
export async function compileCommand(bytes: Uint8Array): Promise<CompiledCommand> {
  return await WebAssembly.compile(bytes);
}

/**
 * Runs a WASI command to its end, in this thread and in a fresh memory of its own. `args` begins with the command's name,
 * `inputs` are the files that it finds, by their paths. Throws what the command traps with.
 */
export function runCommand(
  command: CompiledCommand,
  args: readonly string[],
  inputs: Readonly<Record<string, string>> = {},
): CommandResult {
  let memory: WebAssembly.Memory | undefined;
  const shim = new WasiShim(args, () => memory?.buffer ?? new ArrayBuffer(0));
  for (const [path, text] of Object.entries(inputs)) shim.files.set(path, MemoryFile.of(text));
  const { exports } = new WebAssembly.Instance(command, { wasi_snapshot_preview1: shim.imports });
  const start = exports._start;
  if (!(exports.memory instanceof WebAssembly.Memory) || typeof start !== 'function') {
    throw new TypeError('The WebAssembly module is no WASI command: it exports no memory or no _start');
  }
  memory = exports.memory;
  const status = exitStatus(() => start());
  return { status, printed: shim.printed.content.toString(), files: shim.files };
}

function exitStatus(run: () => void): number {
  try {
    run();
    return 0;
  } catch (error) {
    if (error instanceof CommandExit) return error.status;
    throw error;
  }
}
