import { ConsoleStdout, File, type Inode, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim';

// Node's own declarations leave WebAssembly to the DOM library; these are the parts used here.
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<CompiledCommand>;
  readonly Instance: new (
    module: CompiledCommand,
    imports: { wasi_snapshot_preview1: object },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new () => { readonly buffer: ArrayBuffer };
};

export interface CompiledCommand {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

/** What a command left behind. */
export interface CommandResult {
  /** 0 when it ended well. */
  readonly status: number;
  /** Its standard output and standard error together. */
  readonly printed: string;
  /** The files that it was given or wrote, by their names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Compiles a WASI command; the result serves any number of runs. */
export async function compileCommand(bytes: Uint8Array): Promise<CompiledCommand> {
  return await WebAssembly.compile(bytes);
}

/**
 * Runs a WASI command to its end, in this thread and in a fresh memory of its own. It sees no disk, no environment and no network. `args`
 * begins with the command's name, `inputs` are the files that it finds, by their names. Throws what the command traps with.
 */
export function runCommand(
  command: CompiledCommand,
  args: readonly string[],
  inputs: Readonly<Record<string, string>> = {},
): CommandResult {
  const printed: Buffer[] = [];
  const output = () => new ConsoleStdout((bytes) => void printed.push(Buffer.from(bytes)));
  const found = Object.entries(inputs).map(([name, text]) => [name, new File(Buffer.from(text))] as const);
  const folder = new Map<string, Inode>(found);
  const open = [new OpenFile(new File([])), output(), output(), new PreopenDirectory('.', folder)];
  // An argument ends at its first zero.
  const wasi = new WASI(
    args.map((arg) => arg.replaceAll('\0', ' ')),
    [],
    open,
    { debug: false },
  );
  const { exports } = new WebAssembly.Instance(command, { wasi_snapshot_preview1: wasi.wasiImport });
  const { memory, _start } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof _start !== 'function') {
    throw new TypeError('The WebAssembly module is no WASI command: it exports no memory or no _start');
  }
  const status = wasi.start({ exports: { memory, _start: () => _start() } });
  const files = new Map<string, Uint8Array>();
  for (const [name, node] of folder) if (node instanceof File) files.set(name, node.data);
  return { status, printed: Buffer.concat(printed).toString(), files };
}
