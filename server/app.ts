import { Hono, type MiddlewareHandler } from 'hono';
import { AUDIT_READERS } from '../protocol/api/audit.ts';
import { currentPerson, requireRole, type AccessEnv } from './access/access.middleware.ts';
import { createAccessRoutes } from './access/access.routes.ts';
import { registerLiveGateway } from './access/live.gateway.ts';
import { createAuditRoutes } from './audit/audit.routes.ts';
import { createCspReportRoutes } from './csp-report.routes.ts';
import { createStatusRoutes } from './operations/status.routes.ts';
import { createPages } from './pages.ts';
import { canonicalPathsOnly } from './platform/canonical-path.ts';
import {
  onError,
  onNotFound,
  originCheck,
  requestContext,
  type HttpEnv,
  type RequestContextDeps,
} from './platform/http.ts';
import { isAvailableToAnybody } from './policy/availability.ts';
import type { StaticFiles } from './platform/static-files.ts';
import { createUpgradeRouter, type UpgradeRouter } from './platform/upgrades.ts';
import { securityHeaders } from './security-headers.ts';
import type { Services } from './services.ts';
import { onlyNarrowing } from './sessions/only-narrowing.ts';
import { SessionsGateway } from './sessions/sessions.gateway.ts';
import { createCleanUpRoutes, createEnrolRoutes, createSessionsRoutes } from './sessions/sessions.routes.ts';

/** The portal's HTTP. A module joins with one line below. */
export function createApp(services: Services, files: StaticFiles): Hono<AccessEnv> {
  const { addresses, origins, config } = services;
  const app = createBase(services, {
    addressOf: addresses.ofRequest,
    headers: securityHeaders(
      origins,
      config.companyCertificate !== null && config.publicPort === 443 ? config.publicHost : null,
    ),
  });
  app.route('/', createCspReportRoutes(services).app);
  app.use(originCheck(services.origins));
  app.use('/api/*', currentPerson(services.signIns), onlyNarrowing(services.sessions));

  app.route('/', createAccessRoutes(services));
  app.route('/', createAuditRoutes<AccessEnv>({ ...services, readersOnly: requireRole(...AUDIT_READERS) }));
  app.route('/', services.desk.routes);
  app.route('/', createSessionsRoutes(services));
  app.route('/', createCleanUpRoutes(services));
  app.route('/', createStatusRoutes(services));

  app.route('/', createCaRoute(services));
  app.route(
    '/',
    createPages({
      files,
      isSetUpOpen: services.setUpGate.isOpen,
      isAssistanceAvailable: () => isAvailableToAnybody(services.database.db),
    }),
  );
  return app;
}

/** HTTP for helpers: enrolment, and nothing that knows a cookie. No proxy can speak for a device over HTTP. */
export function createDeviceApp(services: Services): Hono<AccessEnv> {
  const { addresses, deviceOrigins } = services;
  const app = createBase(services, { addressOf: addresses.ofConnection, headers: securityHeaders(deviceOrigins) });
  app.use(originCheck(services.deviceOrigins));
  app.route('/', createCaRoute(services));
  app.route('/', createEnrolRoutes(services.sessions));
  return app;
}

/** All socket paths, of browsers and of helpers. */
export function createSockets(services: Services): {
  portal: UpgradeRouter;
  device: UpgradeRouter;
  close: () => void;
} {
  const { log } = services;
  const portal = createUpgradeRouter({ log, origins: services.origins });
  const device = createUpgradeRouter({ log, origins: services.deviceOrigins });
  registerLiveGateway(portal, services);
  const gateway = new SessionsGateway(services);
  gateway.registerAgents(portal);
  gateway.registerDevices(device);
  return { portal, device, close: () => gateway.close() };
}

function createBase(
  services: Services,
  parts: { addressOf: RequestContextDeps['addressOf']; headers: MiddlewareHandler<HttpEnv> },
): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  app.onError(onError);
  app.notFound(onNotFound);
  const { onAnswered } = services.operations.metrics;
  app.use(requestContext({ ...services, addressOf: parts.addressOf, onAnswered }), parts.headers, canonicalPathsOnly);
  return app;
}

/** The internal CA's certificate: public, so that people and helpers can compare its fingerprint. */
function createCaRoute({ authority }: Pick<Services, 'authority'>): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/ca.crt', (c) =>
    c.body(authority.caCertificate, 200, {
      'content-type': 'application/x-x509-ca-cert',
      'content-disposition': 'attachment; filename="handrail-ca.crt"',
    }),
  );
  return app;
}
