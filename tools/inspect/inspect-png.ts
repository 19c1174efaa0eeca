import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { GatewayError, summarize } from '../../src/core/errors.js';
import type { Picture } from './inspect-picture.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const TIMEOUT_MS = 60_000;
/** Chromium draws no longer side than that; a picture that fits is drawn at twice its size, for print. */
const MAX_PIXELS = 16_384;
const run = promisify(execFile);

/** Draws a picture as PNG by a Chromium; throws `UNAVAILABLE` with a sentence when there is none or it fails. */
export async function writePng(picture: Picture, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const chromium = findChromium(env);
  if (chromium === null) {
    const advice = 'Name one in CHROMIUM, or give --out a name that ends in .svg.';
    throw new GatewayError('UNAVAILABLE', `A PNG needs Chromium or Chrome, and none is on PATH. ${advice}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'bayline-picture-'));
  try {
    await screenshot(chromium, picture, folder);
    await copyFile(join(folder, 'picture.png'), file);
  } catch (error) {
    const { message } = summarize(error);
    throw new GatewayError('UNAVAILABLE', `${file} was not drawn: ${message.split('\n', 1)[0]}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The Chromium to use: what CHROMIUM names, else the first known name on PATH; null when there is none. */
export function findChromium(env: NodeJS.ProcessEnv): string | null {
  if (env.CHROMIUM) return env.CHROMIUM;
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function screenshot(chromium: string, { svg, width, height }: Picture, folder: string): Promise<void> {
  const page = join(folder, 'picture.html');
  await writeFile(
    page,
    `<!doctype html><meta charset="utf-8"><style>body{margin:0}svg{display:block}</style>${svg}`,
  );
  const args = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    `--user-data-dir=${join(folder, 'profile')}`,
    `--screenshot=${join(folder, 'picture.png')}`,
    `--force-device-scale-factor=${2 * height <= MAX_PIXELS ? 2 : 1}`,
    `--window-size=${width},${height}`,
    page,
  ];
  await run(chromium, args, { timeout: TIMEOUT_MS });
}
