import type { ProjectForm } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { cleanName } from '../domain/clean-name.ts'
import type { Project } from '../domain/project.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'

/** Oldest first. */
export async function listProjects(
  { network }: Pick<Deps, 'network'>,
  { account }: Acting,
): Promise<readonly Project[]> {
  return network.projectsOf(account.id)
}

/** @refuses name_unfit rate_limited not_signed_in */
export async function createProject(deps: Deps, by: Acting, form: ProjectForm): Promise<Project> {
  await limitRate(deps, 'project', by)
  const made = ({ id }: Project) => id
  return audited(deps, by, 'project.created', made, async () => {
    const name = cleanName(form.name)
    if (name === undefined) throw refuse('name_unfit')
    const project = await deps.network.createProject(by.account.id, name)
    if (project === undefined) throw refuse('not_signed_in')
    return project
  })
}

/**
 * The salt from which, with the passphrase, whoever owns the project derives its root key.
 *
 * @refuses project_not_yours
 */
export async function saltOf(deps: Pick<Deps, 'network'>, by: Acting, project_id: string): Promise<string> {
  const project = (await listProjects(deps, by)).find(({ id }) => id === project_id)
  if (project === undefined) throw refuse('project_not_yours')
  return project.salt
}
