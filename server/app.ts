import { Hono } from 'hono';
import { currentPerson, requireRole, type AccessEnv } from './access/access.middleware.ts';
import { createAccessRoutes } from './access/access.routes.ts';
import { registerLiveGateway } from './access/live.gateway.ts';
import { createAuditRoutes } from './audit/audit.routes.ts';
import { createCspReportRoutes } from './csp-report.routes.ts';
import { createStatusRoutes } from './operations/status.routes.ts';
import { createPages } from './pages.ts';
import { canonicalPathsOnly } from './platform/canonical-path.ts';
import { onError, onNotFound, originCheck, requestContext, type HttpEnv } from './platform/http.ts';
import type { StaticFiles } from './platform/static-files.ts';
import { createUpgradeRouter, type UpgradeRouter } from './platform/upgrades.ts';
import { securityHeaders } from './security-headers.ts';
import type { Services } from './services.ts';
import { SessionsGateway } from './sessions/sessions.gateway.ts';
import { createEnrolRoutes, createSessionsRoutes } from './sessions/sessions.routes.ts';

/** The portal's HTTP. A module joins with one line below. */
export function createApp(services: Services, files: StaticFiles): Hono<AccessEnv> {
  const app = createBase(services, services.config.port);
  app.route('/', createCspReportRoutes(services).app);
  app.use(originCheck(services.origins));
  app.use('/api/*', currentPerson(services.signIns));

  app.route('/', createAccessRoutes(services));
  app.route(
    '/',
    createAuditRoutes<AccessEnv>({ ...services, readersOnly: requireRole('security', 'auditor', 'admin') }),
  );
  app.route('/', services.desk.routes);
  app.route('/', createSessionsRoutes(services));
  app.route('/', createStatusRoutes(services));

  app.route('/', createCaRoute(services));
  app.route('/', createPages({ files, isSetUpOpen: services.setUpGate.isOpen }));
  return app;
}

/** The device listener's HTTP: enrolment, and nothing that knows a cookie. */
export function createDeviceApp(services: Services): Hono<AccessEnv> {
  const app = createBase(services, services.config.devicePort);
  app.use(originCheck(services.deviceOrigins));
  app.route('/', createCaRoute(services));
  app.route('/', createEnrolRoutes(services.sessions));
  return app;
}

/** All socket paths of both listeners. */
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

function createBase(services: Services, port: number): Hono<AccessEnv> {
  const app = new Hono<AccessEnv>();
  app.onError(onError);
  app.notFound(onNotFound);
  const { onAnswered } = services.operations.metrics;
  app.use(
    requestContext({ ...services, onAnswered }),
    securityHeaders(services.config.hosts, port),
    canonicalPathsOnly,
  );
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
