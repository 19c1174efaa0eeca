import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';

/** Beside the compiled code. Sources that run as they are (`npm run dev`) show what the last build has made. */
const BUILT = import.meta.url.endsWith('.ts') ? '../../../dist/web/' : '../../web/';
const WEB = fileURLToPath(new URL(BUILT, import.meta.url));
const POLICY =
  "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";
/** The addresses of the page; what each shows is decided in the browser. */
export const FRONT_DESK_ADDRESSES = [
  '/',
  '/today',
  '/callbacks',
  '/customers',
  '/customers/:id',
  '/calls',
  '/calls/:sid',
  '/figures',
  '/shop',
  '/phone',
];
/** The names of built files change with what is in them. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

const NOT_BUILT = 'The front desk page is not built. Run: npm run build:web';

/** The front desk page. It and its files hold no data: whoever may not see any signs in on the page itself. */
export function frontDeskRoutes(guard: RequestHandler): Router {
  const router = Router();
  const page: RequestHandler = (_request, response, next) => {
    response.set('Content-Security-Policy', POLICY).sendFile('index.html', { root: WEB }, (error) => {
      if (error && response.headersSent) next(error);
      else if (error) response.status(404).json({ error: NOT_BUILT });
    });
  };
  for (const address of FRONT_DESK_ADDRESSES) router.get(address, guard, page);
  const setHeaders = (response: { setHeader(name: string, value: string): unknown }) =>
    response.setHeader('Cache-Control', FOR_GOOD);
  router.use('/assets', express.static(`${WEB}assets`, { index: false, cacheControl: false, setHeaders }));
  return router;
}
