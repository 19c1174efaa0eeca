import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';

const WEB = fileURLToPath(new URL('../../web/', import.meta.url));
const POLICY =
  "default-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/** The page at `/`; its files hold no data, so only the page itself asks who is looking. */
export function frontDeskRoutes(admin: RequestHandler): Router {
  const router = Router();
  router.get('/', admin, (_request, response) => {
    response.set('Content-Security-Policy', POLICY).sendFile('index.html', { root: WEB });
  });
  router.use('/assets', express.static(WEB, { index: false, fallthrough: true, extensions: [] }));
  return router;
}
