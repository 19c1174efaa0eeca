import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = process.cwd();
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const STRICTEST = {
  target: 'ES2023',
  lib: ['ES2023'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ['node'],
  noEmit: true,
};

interface PackageSource {
  readonly name: string;
  /** Its folder, from the root of this repository. */
  readonly folder: string;
  /** What builds it, in that folder. */
  readonly tsconfig: string;
  /** Whether another package of `node_modules` stands beside it, too. */
  readonly isBeside: (name: string) => boolean;
}

/** A program that uses one of our packages, in a folder that has no more of this repository than what stands beside it. */
export class PackageConsumer {
  readonly folder: string;
  /** The package in it, as npm would install it: built from its source. */
  readonly installed: string;

  private constructor(folder: string, name: string) {
    this.folder = folder;
    this.installed = join(folder, 'node_modules', name);
  }

  /** Builds the package in there; takes seconds. Rejects with what the compiler said. */
  static async of({ name, folder, tsconfig, isBeside }: PackageSource): Promise<PackageConsumer> {
    const consumer = new PackageConsumer(await mkdtemp(join(tmpdir(), `${name}-`)), name);
    const { installed } = consumer;
    await mkdir(installed, { recursive: true });
    const source = join(ROOT, folder);
    // Whether its types are right `npm run typecheck` tells.
    const project = ['-p', join(source, tsconfig), '--outDir', join(installed, 'dist'), '--noCheck'];
    await run(process.execPath, [TSC, ...project]);
    const { files } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
    for (const file of ['package.json', ...files.filter((file: string) => file !== 'dist')])
      await cp(join(source, file), join(installed, file), { recursive: true });
    const all = await readdir(join(ROOT, 'node_modules'));
    for (const other of all.filter((each) => each !== name && isBeside(each)))
      await symlink(join(ROOT, 'node_modules', other), join(consumer.folder, 'node_modules', other));
    return consumer;
  }

  /** The paths of what npm would publish, in order. */
  async packedFiles(): Promise<string[]> {
    const words = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline', '--no-update-notifier'];
    const { stdout } = await run('npm', words, { cwd: this.installed });
    const [packed] = JSON.parse(stdout);
    return packed.files.map(({ path }: { path: string }) => path).sort();
  }

  /** What the compiler says about a program of this text, the declarations of all that it uses included; '' when it is content. */
  async problemsOf(program: string): Promise<string> {
    await writeFile(join(this.folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(this.folder, 'consumer.ts'), program);
    const config = { compilerOptions: STRICTEST, include: ['consumer.ts'] };
    await writeFile(join(this.folder, 'tsconfig.json'), JSON.stringify(config));
    return run(process.execPath, [TSC, '-p', this.folder]).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
