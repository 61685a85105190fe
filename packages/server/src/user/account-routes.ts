import { projectAnswer, projectForm, projectPath, rfc3339 } from '@valetkey/protocol'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { accountRoutes } from '../accounts/routes.ts'
import type { Deps } from '../deps.ts'
import type { Project } from '../domain/project.ts'
import { actingIn } from '../http/doors.ts'
import { createProject, listProjects, saltOf } from './projects.ts'

/** The user's account, and the projects that belong to it. */
export const userAccountRoutes: FastifyPluginAsyncZod<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(accountRoutes, { prefix: '/api/v0/auth', deps, kind: 'user' })

  const common = { tags: ['projects'], security: [{ user: [] }] }
  app.get(
    '/api/v0/projects',
    {
      schema: {
        ...common,
        response: { 200: z.array(projectAnswer) },
        summary: 'Your projects, oldest first',
      },
    },
    async (request) => (await listProjects(deps, actingIn(request))).map(asProjectAnswer),
  )
  app.post(
    '/api/v0/projects',
    { schema: { ...common, body: projectForm, response: { 200: projectAnswer }, summary: 'Make a project' } },
    async (request) => asProjectAnswer(await createProject(deps, actingIn(request), request.body)),
  )
  app.get(
    '/api/v0/projects/:id/salt',
    {
      schema: {
        ...common,
        params: projectPath,
        response: { 200: z.string().describe('base64') },
        summary: 'The salt of a project',
      },
    },
    async (request, reply) => {
      const salt = await saltOf(deps, actingIn(request), request.params.id)
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(salt))
    },
  )
}

const asProjectAnswer = ({ id, name, user_id, created_at }: Project) => ({
  id,
  name,
  ownerId: user_id,
  createdAt: rfc3339(created_at),
})
