import fs, { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import express from 'express';
import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { errorHandler } from '../../../src/server/middleware/error-handler.js';
import { FRONT_DESK_ADDRESSES, frontDeskRoutes } from '../../../src/server/routes/front-desk.js';
import { compiled } from '../../support/compiled.js';
import { logSink } from '../../support/log-sink.js';

const BUILT = compiled('src/web');
const app = express().use(frontDeskRoutes((_request, _response, next) => next()));
describe('the front desk page', () => {
  test('is the same at every address of a view, and at no other', async () => {
    const first = await request(app).get('/').expect(200);
    for (const address of FRONT_DESK_ADDRESSES) {
      const { text, headers } = await request(app).get(address.replace(/:\w+/, '12')).expect(200);
      expect([text, headers['content-security-policy']]).toEqual([
        first.text,
        expect.stringContaining("default-src 'self'"),
      ]);
    }
    await request(app).get('/today/1').expect(404);
    await request(app).get('/index.html').expect(404);
  });

  test('has files that a browser keeps for good, each under a name made from what is in it', async () => {
    const { text } = await request(app).get('/');
    const files = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) {
      expect(file).toMatch(/-[\w-]{8}\.\w+$/);
      const { headers } = await request(app).get(file).expect(200);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
    const missing = await request(app).get('/assets/none.js').expect(404);
    expect(missing.headers['cache-control']).toBeUndefined();
  });

  test('is cut off where the disk fails in the middle of a file', async () => {
    const [asset] = readdirSync(join(BUILT, 'assets'));
    const { createReadStream } = fs;
    const reading = vi.spyOn(fs, 'createReadStream').mockImplementation((path, options) => {
      const given = typeof options === 'object' ? options : {};
      const file = createReadStream(path, { ...given, highWaterMark: 16 });
      return file.once('data', () => file.destroy(new Error('EIO: i/o error')));
    });
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    onTestFinished(() => {
      reading.mockRestore();
      printed.mockRestore();
    });
    for (const path of ['/', `/assets/${asset}`]) {
      const { logger, lines } = logSink();
      const routes = frontDeskRoutes((_request, _response, next) => next());
      const failing = express().set('env', 'production').use(routes).use(errorHandler(logger));
      await expect(request(failing).get(path)).rejects.toThrow(/aborted|hang up/);
      expect(lines()).toMatchObject([{ level: 'warn', msg: 'An answer broke off', path }]);
    }
    expect(printed).not.toHaveBeenCalled();
  });

  test('has nothing inline, which its policy would stop', () => {
    const page = readFileSync(join(BUILT, 'index.html'), 'utf8');
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|data:/);
  });

  test('is at most 120 kB with all that its views load, compressed', () => {
    const assets = readdirSync(join(BUILT, 'assets')).map((name) => join(BUILT, 'assets', name));
    const sizes = [join(BUILT, 'index.html'), ...assets].map((file) => gzipSync(readFileSync(file)).length);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(120_000);
  });
});
