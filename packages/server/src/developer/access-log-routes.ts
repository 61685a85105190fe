import {
  accessLogAnswer,
  accessLogQuery,
  accessStatisticsAnswer,
  accessTimelineAnswer,
  accessTimelineQuery,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { csvAnswer, sendCsv } from '../http/csv.ts'
import { actingIn } from '../http/doors.ts'
import { countAccess, exportAccess, listAccess } from './access-log.ts'
import { accessTimeline } from './access-timeline.ts'

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
        response: { 200: accessLogAnswer },
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
        response: { 200: accessStatisticsAnswer },
      },
    },
    async (request) => countAccess(deps, actingIn(request), request.query),
  )
  app.get(
    `${log}/timeline`,
    {
      schema: {
        ...common,
        summary: 'How they ended, day by day (UTC): the last 30 days, or at most 366 in a range',
        querystring: accessTimelineQuery,
        response: { 200: accessTimelineAnswer },
      },
    },
    async (request) => accessTimeline(deps, actingIn(request), request.query),
  )
  app.get(
    `${log}/export`,
    {
      schema: {
        ...common,
        summary: 'All of them as CSV',
        response: { 200: csvAnswer },
      },
    },
    async (request, reply) => sendCsv(reply, await exportAccess(deps, actingIn(request), request.query)),
  )
}
