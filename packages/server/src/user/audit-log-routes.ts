import { auditActionsAnswer, auditFilterQuery, auditLogAnswer, auditLogQuery } from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { csvAnswer, sendCsv } from '../http/csv.ts'
import { actingIn } from '../http/doors.ts'
import { exportAudit, listActions, listAudit } from './audit-log.ts'

const log = '/api/v0/audit-logs'

/** What is on record about a user: pages, the names to filter by, and CSV. */
export const auditLogRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['audit log'], security: [{ user: [] }] }

  app.get(
    log,
    {
      schema: {
        ...common,
        summary: 'What was done with your account and your access, newest first',
        querystring: auditLogQuery,
        response: { 200: auditLogAnswer },
      },
    },
    async (request) => listAudit(deps, actingIn(request), request.query),
  )
  app.get(
    `${log}/actions`,
    {
      schema: {
        ...common,
        summary: 'The actions to filter by',
        response: { 200: auditActionsAnswer },
      },
    },
    async () => listActions(),
  )
  app.get(
    `${log}/export`,
    {
      schema: {
        ...common,
        summary: 'The same as CSV: the last 7 days, or up to 90',
        querystring: auditFilterQuery,
        response: { 200: csvAnswer },
      },
    },
    async (request, reply) => sendCsv(reply, await exportAudit(deps, actingIn(request), request.query)),
  )
}
