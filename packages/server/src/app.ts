import fastifyCookie from '@fastify/cookie'
import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from './deps.ts'
import { developerRoutes } from './developer/routes.ts'
import { causesBehind } from './domain/explain/causes.ts'
import { accessLine, answerErrors, answerNoHttp, answerRefusal, answerUnknown } from './http/answers.ts'
import { type Assets, loadAssets } from './http/assets.ts'
import { keepDoors } from './http/doors.ts'
import { drainOnClose } from './http/drain.ts'
import { errorPages } from './http/error-pages.ts'
import { acceptJsonOnly } from './http/json-body.ts'
import { describeApi } from './http/openapi.ts'
import { watchMethods } from './http/other-methods.ts'
import { tellQuotas } from './http/rate-headers.ts'
import { asRefusal } from './http/reply.ts'
import { limitRoutes } from './http/route-limits.ts'
import { statusRoutes } from './http/status.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { metadataRoutes } from './oauth/standard/metadata.ts'
import { standardRoutes } from './oauth/standard/routes.ts'
import { metricsRoute } from './observe/metrics-door.ts'
import { watchRequests } from './observe/watch-requests.ts'
import { operatorRoutes } from './operator/routes.ts'
import { pageRoutes } from './pages/routes.ts'
import { userRoutes } from './user/routes.ts'

/** For the whole of a request's headers and body: nobody holds a socket by sending slowly. */
const requestTimeoutMs = 30_000
/** How often sockets are looked over for such requests: so much later is the last one cut. */
const connectionsCheckingInterval = 5_000

/** In place of Fastify's own compilers of schemas, which would be loaded at each start: ours are set before the first route. */
function ofFastify(): never {
  throw new Error('schemas are compiled by zod alone')
}

/** The server with its doors and its pages mounted. Every test and `serve.ts` start here. */
export async function buildApp(
  deps: Deps,
  { assets }: { assets: Assets | undefined } = { assets: loadAssets() },
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    genReqId: () => deps.random(16).toString('hex'),
    requestIdHeader: false,
    requestTimeout: requestTimeoutMs,
    http: { connectionsCheckingInterval },
    // The drain of a stop has its own bound.
    pluginTimeout: 0,
    clientErrorHandler: answerNoHttp(deps),
    // A stop drains first, see `drainOnClose`; whoever has not even finished asking by then is cut off.
    return503OnClosing: false,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => void answerRefusal(deps, request, reply, asRefusal(error)),
    trustProxy: deps.settings.trusted_proxies.length === 0 ? false : [...deps.settings.trusted_proxies],
    schemaController: { compilersFactory: { buildValidator: ofFastify, buildSerializer: ofFastify } },
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: false },
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  acceptJsonOnly(app)
  watchRequests(app, deps)
  answerErrors(app, deps)
  answerUnknown(app, deps, assets)
  accessLine(app, deps)
  drainOnClose(app)
  const refuseOtherMethods = watchMethods(app)
  await app.register(fastifyCookie)
  keepDoors(app, deps)
  limitRoutes(app, deps)
  tellQuotas(app)
  await describeApi(app, deps)

  await app.register(statusRoutes, { deps })
  await app.register(metricsRoute, { deps })
  await app.register(errorPages, {
    log: deps.log,
    assets,
    public_url: deps.settings.public_url,
    findingsFor: causesBehind,
  })
  await app.register(developerRoutes, { deps })
  await app.register(userRoutes, { deps })
  await app.register(oauthRoutes, { deps })
  await app.register(standardRoutes, { deps })
  await app.register(metadataRoutes, { deps })
  if (deps.settings.admin_token !== '') await app.register(operatorRoutes, { deps })
  await app.register(pageRoutes, { deps, assets })
  refuseOtherMethods()
  return app
}
