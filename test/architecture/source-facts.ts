import { posix } from 'node:path';
import {
  isCallExpression,
  isClassDeclaration,
  isElementAccessExpression,
  isExportAssignment,
  isExportDeclaration,
  isExternalModuleReference,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
  isVariableDeclaration,
  isVariableStatement,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** The source file it means, such as `src/calls/call.ts`; `null` for a package or a built-in module. */
  readonly target: string | null;
  /** `import type …`: nothing of it is left when the program runs. */
  readonly isType: boolean;
}

export interface Named {
  readonly line: number;
  readonly name: string;
}

/** What the rules need to know of one source file. Lines count from 1. */
export interface SourceFacts {
  /** Relative to the project, with `/`: `src/calls/call.ts`. */
  readonly file: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Every `new X(…)` of a plain name. */
  readonly constructed: readonly Named[];
  /** Classes declared here, and whether one says `implements`. */
  readonly classes: readonly (Named & { readonly fulfilsContract: boolean })[];
  /** Where `process.env` is read, in any spelling. */
  readonly envReads: readonly number[];
  readonly functions: readonly (Named & { readonly lines: number })[];
  /** Where a promise is left to itself (`void`), or a timer or a later turn is asked for. */
  readonly unwatched: readonly number[];
  /** What this file declares and exports by name; passing on the names of others is none. */
  readonly exports: readonly Named[];
  readonly defaultExports: readonly number[];
  /** `export * from …`. */
  readonly starExports: readonly number[];
}

const SETTINGS = { compilerOptions: { noLib: true, noResolve: true, types: [] }, include: ['**/*'] };
const LATER: ReadonlySet<string> = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);
const FUNCTIONS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);

/** Parses sources with the TypeScript compiler, which runs as a process of its own until `close`; nothing is read from disk. */
export class SourceReader {
  readonly #files = createVirtualFileSystem({});
  readonly #compiler = new API({ cwd: '/', fs: this.#files });
  #projects = 0;

  /** `sources`: path (such as `src/main.ts`) to text. */
  read(sources: Readonly<Record<string, string>>): SourceFacts[] {
    this.#projects += 1;
    const root = `/project-${this.#projects}`;
    const config = `${root}/tsconfig.json`;
    this.#files.writeFile?.(config, JSON.stringify(SETTINGS));
    for (const [file, text] of Object.entries(sources)) this.#files.writeFile?.(`${root}/${file}`, text);
    const project = this.#compiler.updateSnapshot({ openProjects: [config] }).getProject(config);
    return Object.entries(sources).map(([file, text]) => {
      const tree = project?.program.getSourceFile(`${root}/${file}`);
      if (tree === undefined) throw new Error(`The TypeScript compiler did not read ${file}.`);
      return factsOf(file, text, tree, sources);
    });
  }

  close(): void {
    this.#compiler.close();
  }
}

function factsOf(
  file: string,
  text: string,
  tree: SourceFile,
  sources: Readonly<Record<string, string>>,
): SourceFacts {
  const nodes: Node[] = [];
  const collect = (node: Node): void => {
    nodes.push(node);
    node.forEachChild(collect);
  };
  collect(tree);
  const lineAt = (position: number) => text.slice(0, position).split('\n').length;
  const line = (node: Node) => lineAt(node.getStart(tree));
  const lines = (kept: readonly Node[]) => kept.map(line);
  return {
    file,
    lines: text.replace(/\n$/, '').split('\n').length,
    imports: nodes.flatMap((node) =>
      importOf(node, file, sources).map((found) => ({ line: line(node), ...found })),
    ),
    constructed: nodes.flatMap((node) =>
      isNewExpression(node) && isIdentifier(node.expression)
        ? [{ line: line(node), name: node.expression.text }]
        : [],
    ),
    classes: nodes.filter(isClassDeclaration).map((node) => ({
      line: line(node),
      name: node.name?.text ?? '',
      fulfilsContract: (node.heritageClauses ?? []).some(
        (clause) => clause.token === SyntaxKind.ImplementsKeyword,
      ),
    })),
    envReads: lines(nodes.filter((node) => readsEnvironment(node, tree))),
    functions: nodes
      .filter((node) => FUNCTIONS.has(node.kind))
      .map((node) => ({ line: line(node), name: nameOf(node), lines: lineAt(node.end) - line(node) + 1 })),
    unwatched: lines(nodes.filter(isUnwatched)),
    exports: tree.statements
      .filter((node) => isExported(node, tree))
      .flatMap((node) => {
        const declared = isVariableStatement(node) ? node.declarationList.declarations : [node];
        return declared.map((each) => ({ line: line(node), name: nameOf(each) }));
      }),
    defaultExports: lines(nodes.filter(isDefaultExport)),
    starExports: lines(nodes.filter((node) => isExportDeclaration(node) && node.exportClause === undefined)),
  };
}

/** The module that a node names, whatever the form: static, type-only, re-export, dynamic, `import('…').T`, `require`. */
function importOf(
  node: Node,
  file: string,
  sources: Readonly<Record<string, string>>,
): Omit<Import, 'line'>[] {
  const module = moduleNamedBy(node);
  if (module === undefined || !isStringLiteral(module)) return [];
  const specifier = module.text;
  const isType = isImportDeclaration(node) && node.importClause?.phaseModifier === SyntaxKind.TypeKeyword;
  if (!specifier.startsWith('.')) return [{ specifier, target: null, isType }];
  const target = posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
  return [{ specifier, target: `${target}x` in sources ? `${target}x` : target, isType }];
}

function moduleNamedBy(node: Node): Node | undefined {
  if (isImportDeclaration(node) || isExportDeclaration(node)) return node.moduleSpecifier;
  if (isExternalModuleReference(node)) return node.expression;
  if (isImportTypeNode(node)) return isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (!isCallExpression(node)) return undefined;
  const called = node.expression;
  const imports =
    called.kind === SyntaxKind.ImportKeyword || (isIdentifier(called) && called.text === 'require');
  return imports ? node.arguments[0] : undefined;
}

function readsEnvironment(node: Node, tree: SourceFile): boolean {
  const text = (other: Node | undefined) => other?.getText(tree) ?? '';
  const isProcess = (other: Node | undefined) => /^(globalThis\.)?process$/.test(text(other));
  if (isPropertyAccessExpression(node)) return node.name.text === 'env' && isProcess(node.expression);
  if (isElementAccessExpression(node)) {
    return isProcess(node.expression) && /^['"`]env['"`]$/.test(text(node.argumentExpression));
  }
  if (isVariableDeclaration(node)) return isProcess(node.initializer) && /\{.*\benv\b/s.test(text(node.name));
  return isImportDeclaration(node) && /\benv\b.*['"](node:)?process['"]/s.test(text(node));
}

function isUnwatched(node: Node): boolean {
  if (node.kind === SyntaxKind.VoidExpression) return true;
  if (!isCallExpression(node) || !isIdentifier(node.expression)) return false;
  return LATER.has(node.expression.text);
}

function isExported(node: Node, tree: SourceFile): boolean {
  return /^export (?!default\b|\{|\*|type \{)/.test(node.getText(tree));
}

function isDefaultExport(node: Node): boolean {
  return isExportAssignment(node) || node.kind === SyntaxKind.DefaultKeyword;
}

function nameOf(node: Node): string {
  if (node.kind === SyntaxKind.Constructor) return 'constructor';
  for (const owner of [node, node.parent]) {
    if (owner !== undefined && 'name' in owner && isNamed(owner.name)) return owner.name.text;
  }
  return 'a function without a name';
}

function isNamed(name: unknown): name is { readonly text: string } {
  return typeof name === 'object' && name !== null && 'text' in name && typeof name.text === 'string';
}
