import type { RequestListener, Server } from 'node:http';
import type { ShopCalendar } from '../appointments/shop-calendar.js';
import type { CallLog } from '../call-log/call-log.js';
import type { Logger } from '../core/logger.js';
import type { Metrics } from '../core/metrics.js';
import type { CustomerImport } from '../customers/import/customer-import.js';
import type { DayDesk } from '../desk/day-desk.js';
import type { Desk } from '../desk/shop-desk.js';
import type { ShopSettingsDesk } from '../desk/shop-settings-desk.js';
import type { Fleet } from '../line/fleet.js';
import type { PhoneLine } from '../line/phone-line.js';
import type { Eraser } from '../privacy/eraser.js';
import type { BrowserRecordings } from '../recordings/browser-recordings.js';
import type { CallWaveforms } from '../recordings/call-waveform.js';
import type { SessionStore } from '../sessions/session-store.js';
import { type CurrentShop, nameOfService } from '../shop/shop.js';
import { SignatureChecker } from '../twilio/signature.js';
import { createApp, formParser } from './app.js';
import { DeskSessions } from './desk-sessions.js';
import { fastReading } from './fast-read/fast-reading.js';
import { createHttpServer } from './http-server.js';
import { AdminGuard } from './middleware/require-admin.js';
import { requireThisMachine } from './middleware/require-this-machine.js';
import { analyticsRoutes } from './routes/analytics.js';
import { appointmentRoutes } from './routes/appointments.js';
import { calendarRoutes } from './routes/calendar.js';
import { callbackRoutes } from './routes/callbacks.js';
import { callRoutes } from './routes/calls.js';
import { customerImportRoutes } from './routes/customer-import.js';
import { customerRoutes } from './routes/customers.js';
import { dayRoutes } from './routes/day.js';
import { frontDeskRoutes } from './routes/front-desk.js';
import { healthRoutes } from './routes/health.js';
import { interventionRoutes, liveRoutes } from './routes/live.js';
import { openApiRoutes } from './routes/openapi.js';
import { phoneRoutes } from './routes/phone.js';
import { phoneRecordingRoutes } from './routes/phone-recordings.js';
import { redisRoutes } from './routes/redis.js';
import { sessionRoutes } from './routes/session.js';
import { shopRoutes } from './routes/shop.js';
import { requireSignature, webhookRoutes } from './routes/webhooks.js';
import { SignedInStreams } from './signed-in-streams.js';
import { notOfOurPage } from './this-machine.js';
import { handleUpgrades } from './upgrade.js';

export interface ServerParts {
  readonly line: PhoneLine;
  readonly desk: Desk;
  readonly days: DayDesk;
  readonly shopDesk: ShopSettingsDesk;
  readonly customerImport: CustomerImport;
  readonly calendar: ShopCalendar;
  readonly callLog: Pick<CallLog, 'get' | 'list' | 'callbacks'>;
  /** Within 2 s, as the desk. */
  readonly erasures: Pick<Eraser, 'customer' | 'call'>;
  readonly figures: Parameters<typeof analyticsRoutes>[0];
  readonly store: SessionStore;
  /** The calls of all gateways. */
  readonly fleet: Fleet;
  /** Calls from the front desk's telephone. */
  readonly browserRecordings: Pick<BrowserRecordings, 'watch' | 'textOf'>;
  readonly waveforms: CallWaveforms;
  /** Settles within 1 s, never rejects. */
  readonly isDatabaseUp: () => Promise<boolean>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly current: CurrentShop;
  readonly authToken: string | undefined;
  /** The public origin as its owner wrote it; undefined: as the line has it. */
  readonly writtenOrigin: string | undefined;
  readonly adminToken: string | undefined;
  /** How long an idle connection stays open. */
  readonly keepAliveSeconds: number;
  /** Streams are read past `ws`. */
  readonly fastRead: boolean;
}

/** The HTTP server with every route and the streams' upgrade; not listening yet. */
export function createServer(parts: ServerParts): Server {
  const { line, metrics, logger, authToken, writtenOrigin } = parts;
  const origin = () => line.origin;
  const checker = authToken === undefined ? null : new SignatureChecker(authToken, origin, writtenOrigin);
  const server = createHttpServer(routes(parts, checker), parts.keepAliveSeconds);
  handleUpgrades(server, {
    checker,
    origin,
    adopt: fastReading(parts.fastRead, logger),
    metrics,
    logger,
    isRefused: (token) => !line.mayEnter(token),
    isForPage: (token) => line.invitations.read(token)?.via === 'browser',
    notOfOurPage: (request) => notOfOurPage(request, line.origin, parts.adminToken === undefined),
    redeem: (token) => line.invitations.redeem(token),
    accept: (socket, claims) => line.accept(socket, claims),
  });
  return server;
}

function routes(parts: ServerParts, checker: SignatureChecker | null): RequestListener {
  const { line, desk, shopDesk, callLog, erasures, store, isDatabaseUp } = parts;
  const { logger, metrics, current, adminToken, fleet } = parts;
  const origin = () => line.origin;
  const sessions = new DeskSessions(adminToken);
  const streams = new SignedInStreams(sessions);
  const admin = new AdminGuard({ token: adminToken, sessions, origin, metrics, logger });
  const guards = checker
    ? [formParser(), requireSignature(checker, origin, logger, metrics)]
    : [requireThisMachine(origin, logger, metrics), formParser()];
  const timezone = () => current.now.settings.timezone;
  return createApp({
    logger,
    origin,
    signIn: sessionRoutes({ guard: admin, sessions, streams, isRequired: adminToken !== undefined, origin }),
    admin: admin.desk,
    uploads: customerImportRoutes(parts.customerImport),
    routers: [
      webhookRoutes({ line, guards, logger, metrics }),
      healthRoutes({
        store,
        isDatabaseUp,
        phase: () => line.phase,
        liveCalls: () => line.registry.liveCount,
        metrics,
        guard: admin.figures,
      }),
      frontDeskRoutes(admin.page),
      liveRoutes(fleet, streams),
      redisRoutes({ store, metrics: metrics.stores }),
      customerRoutes(desk.customers, erasures),
      appointmentRoutes(desk.appointments),
      dayRoutes(parts.days),
      callRoutes(callLog, parts.waveforms, erasures, timezone),
      analyticsRoutes(parts.figures, timezone),
      shopRoutes(shopDesk),
      callbackRoutes(callLog.callbacks),
      phoneRoutes(line, origin),
      phoneRecordingRoutes(parts.browserRecordings, streams),
      interventionRoutes(line.interventions, sessions),
      openApiRoutes(),
      calendarRoutes({ calendar: parts.calendar, origin, head: () => calendarHead(current) }),
    ],
  });
}

function calendarHead({ now }: CurrentShop) {
  const serviceName = (type: string) => nameOfService(now, type);
  return { shopName: now.settings.name, nameOfService: serviceName, revision: now.revision };
}
