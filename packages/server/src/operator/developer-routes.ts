import {
  applicationStatisticsAnswer,
  developerAnswer,
  developerChangeForm,
  developerSessionsAnswer,
  developerStatsAnswer,
  developerStatusForm,
  developersAnswer,
  developersQuery,
  emailPath,
  newDeveloperForm,
  userStatisticsAnswer,
  userStatisticsQuery,
  userTrendsAnswer,
  userTrendsQuery,
} from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { callerOf } from '../http/caller.ts'
import { csvAnswer, sendCsv } from '../http/csv.ts'
import { changeDeveloper, inviteDeveloper } from './change-developer.ts'
import { deleteAccount } from './delete-account.ts'
import { developerSessions, developerStats, listDevelopers } from './developers.ts'
import { applicationStatistics, exportStatistics, userStatistics, userTrends } from './user-statistics.ts'

const developers = '/api/developers'
const statistics = `${developers}/:email/user-statistics`

/** Developers, as the StorX contract administers them. */
export const developerRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  const common = { tags: ['administration: developers'], security: [{ operator: [] }] }
  const ofOne = { ...common, params: emailPath }

  app.get(
    developers,
    {
      schema: {
        ...common,
        querystring: developersQuery,
        response: { 200: developersAnswer },
        summary: 'Developers, narrowed, sorted and paged',
      },
    },
    async (request) => listDevelopers(deps, request.query),
  )
  app.get(
    `${developers}/stats`,
    {
      schema: {
        ...common,
        response: { 200: developerStatsAnswer },
        summary: 'How many developers there are',
      },
    },
    async () => developerStats(deps),
  )
  app.post(
    developers,
    {
      schema: {
        ...common,
        body: newDeveloperForm,
        response: { 200: developerAnswer },
        summary: 'Make an account for a developer; a link to choose the password is mailed',
      },
    },
    async (request) => inviteDeveloper(deps, callerOf(request), request.body),
  )
  app.get(
    `${developers}/:email`,
    {
      schema: {
        ...ofOne,
        response: { 200: developerSessionsAnswer },
        summary: 'Where a developer is signed in',
      },
    },
    async (request) => developerSessions(deps, request.params.email),
  )
  app.put(
    `${developers}/:email`,
    {
      schema: {
        ...ofOne,
        body: developerChangeForm,
        response: { 200: developerAnswer },
        summary: 'Change name, address, password or status of a developer',
      },
    },
    async (request) =>
      changeDeveloper(deps, callerOf(request), { ...request.body, who: request.params.email }),
  )
  app.put(
    `${developers}/:email/status`,
    {
      schema: {
        ...ofOne,
        body: developerStatusForm,
        response: { 200: developerAnswer },
        summary: 'Suspend a developer (0), or let them in (1)',
      },
    },
    async (request) =>
      changeDeveloper(deps, callerOf(request), { status: request.body.status, who: request.params.email }),
  )
  app.delete(
    `${developers}/:email`,
    {
      schema: {
        ...ofOne,
        response: { 204: z.undefined().describe('Empty') },
        summary: 'Delete a developer, the clients, and all access they hold',
      },
    },
    async (request, reply) => {
      await deleteAccount(deps, callerOf(request), { kind: 'developer', who: request.params.email })
      return reply.code(204).send()
    },
  )

  app.get(
    statistics,
    {
      schema: {
        ...ofOne,
        querystring: userStatisticsQuery,
        response: { 200: userStatisticsAnswer },
        summary: 'What users did with the clients of a developer',
      },
    },
    async (request) => userStatistics(deps, request.params.email, request.query),
  )
  app.get(
    `${statistics}/trends`,
    {
      schema: {
        ...ofOne,
        querystring: userTrendsQuery,
        response: { 200: userTrendsAnswer },
        summary: 'The same by day, week or month',
      },
    },
    async (request) => userTrends(deps, request.params.email, request.query),
  )
  app.get(
    `${statistics}/applications`,
    {
      schema: {
        ...ofOne,
        querystring: userStatisticsQuery,
        response: { 200: applicationStatisticsAnswer },
        summary: 'The same client by client',
      },
    },
    async (request) => applicationStatistics(deps, request.params.email, request.query),
  )
  app.get(
    `${statistics}/export`,
    {
      schema: {
        ...ofOne,
        querystring: userStatisticsQuery,
        response: { 200: csvAnswer },
        summary: 'The same as CSV',
      },
    },
    async (request, reply) =>
      sendCsv(reply, await exportStatistics(deps, request.params.email, request.query)),
  )
}
