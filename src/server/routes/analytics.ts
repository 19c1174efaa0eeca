import { Router } from 'express';
import type { CallFigures, FiguresQuery } from '../../call-log/call-figures.js';
import { ANALYTICS } from './analytics-operations.js';
import { serve } from './operation.js';

export interface CallFigureSource {
  read(query: FiguresQuery): Promise<CallFigures>;
}

/** What the calls of some days come to. */
export function analyticsRoutes(figures: CallFigureSource, timezone: () => string): Router {
  const router = Router();
  serve(router, ANALYTICS.get, ({ query: { from, to, test } }) =>
    figures.read({ from, to, timezone: timezone(), withTests: test === '1' }),
  );
  return router;
}
