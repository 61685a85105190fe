import { Readable } from 'node:stream'
import { accessLogAnswer, accessLogQuery, accessStatisticsAnswer, errorAnswer } from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { actingIn } from '../http/doors.ts'
import { countAccess, exportAccess, listAccess } from './access-log.ts'

const log = '/api/v0/developer/auth/access-logs'

/** What a developer's clients asked of users, as pages, numbers and CSV. */
export const accessLogRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['access logs'], security: [{ developer: [] }], querystring: accessLogQuery }

  app.get(
    log,
    {
      schema: {
        ...common,
        summary: 'Authorization requests of your clients',
        response: { 200: accessLogAnswer, '4xx': errorAnswer },
      },
    },
    async (request) => listAccess(deps, actingIn(request), request.query),
  )
  app.get(
    `${log}/statistics`,
    {
      schema: {
        ...common,
        summary: 'How they ended, in numbers',
        response: { 200: accessStatisticsAnswer, '4xx': errorAnswer },
      },
    },
    async (request) => countAccess(deps, actingIn(request), request.query),
  )
  app.get(
    `${log}/export`,
    {
      schema: {
        ...common,
        summary: 'All of them as CSV',
        response: {
          200: {
            description: 'CSV',
            content: { 'text/csv': { schema: z.unknown().meta({ type: 'string' }) } },
          },
          '4xx': errorAnswer,
        },
      },
    },
    async (request, reply) => {
      const { file_name, csv } = await exportAccess(deps, actingIn(request), request.query)
      reply.headers({
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${file_name}"`,
      })
      return reply.send(Readable.from(csv))
    },
  )
}
