import type { ProjectForm } from '@valetkey/protocol'
import { limitAccount } from '../accounts/account-limits.ts'
import type { Caller, Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import { cleanName } from '../domain/clean-name.ts'
import type { Project } from '../domain/project.ts'
import { refuse } from '../refusals.ts'

/** @refuses name_unfit rate_limited */
export async function createProject(
  deps: Deps,
  caller: Caller,
  form: ProjectForm & { account: Account },
): Promise<Project> {
  const name = cleanName(form.name)
  if (name === undefined) throw refuse('name_unfit')
  await limitAccount(deps, 'project', form.account.id)
  const project = await deps.network.createProject(form.account.id, name)
  deps.recorder.audit({
    actor_kind: 'user',
    actor_id: form.account.id,
    action: 'project.created',
    resource: project.id,
    outcome: 'success',
    network: caller.network,
    trace_id: caller.trace_id,
  })
  return project
}

/**
 * The salt from which, with the passphrase, whoever owns the project derives its root key.
 *
 * @refuses project_not_yours
 */
export async function saltOf(
  { network }: Pick<Deps, 'network'>,
  form: { account: Account; project_id: string },
): Promise<string> {
  const project = (await network.projectsOf(form.account.id)).find(({ id }) => id === form.project_id)
  if (project === undefined) throw refuse('project_not_yours')
  return project.salt
}
