import fastifySwagger from '@fastify/swagger'
import { errorAnswer } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { cookieNames } from './sessions.ts'

/** `/openapi.json`: OpenAPI 3.1, printed from the schemas that validate. */
export async function describeApi(app: FastifyInstance, { settings }: Pick<Deps, 'settings'>): Promise<void> {
  // Every operation may refuse, all in one shape.
  app.addHook('onRoute', ({ schema }) => {
    if (schema !== undefined && schema.hide !== true)
      schema.response = { '4xx': errorAnswer, '5xx': errorAnswer, ...(schema.response ?? {}) }
  })
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Valetkey',
        version: '0.1.0',
        description:
          'An OAuth 2 authorization server for decentralised object storage. Every error has one shape: error, error_description, trace_id, error_uri.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: settings.public_url }],
      components: {
        securitySchemes: {
          developer: {
            type: 'http',
            scheme: 'bearer',
            description: `The developer's session token; the cookie ${cookieNames.developer} does as well.`,
          },
          user: {
            type: 'http',
            scheme: 'bearer',
            description: `The user's session token; the cookie ${cookieNames.user} does as well.`,
          },
          client: {
            type: 'http',
            scheme: 'basic',
            description:
              'The client_id, and a JWT made with the client secret as the password, both form-encoded. Instead: client_assertion or client_secret in the form, or client_id alone for a client without a secret.',
          },
          operator: {
            type: 'http',
            scheme: 'bearer',
            description: 'A token of VALETKEY_ADMIN_TOKEN; no cookie does.',
          },
          registration: {
            type: 'http',
            scheme: 'bearer',
            description: 'The registration_access_token that came with this client.',
          },
        },
      },
    },
    transform: jsonSchemaTransform,
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
