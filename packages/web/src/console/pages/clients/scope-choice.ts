import { actions, parseScopes, type ScopeAction } from '@valetkey/protocol'

/** What a client may ask for, as it is chosen in a form. */
export interface ScopeChoice {
  readonly anything: boolean
  readonly actions: readonly ScopeAction[]
  /** One place a line: `photos`, or `photos;2024/trips`. */
  readonly places: string
}

export function choiceOf(scopes: readonly string[]): ScopeChoice {
  const isAction = (scope: string) => actions.some((action) => action === scope)
  return {
    anything: scopes.length === 0,
    actions: actions.filter((action) => scopes.includes(action)),
    places: scopes
      .filter((scope) => !isAction(scope))
      .map((scope) => scope.replace(/^bucket:/, ''))
      .join('\n'),
  }
}

export type ScopesChosen =
  | { readonly ok: true; readonly scopes: readonly string[] }
  | { readonly ok: false; readonly field: 'actions' | 'places'; readonly problem: string }

/** The scopes to register, or what is wrong with the choice, by the server's own rule. */
export function scopesOf({ anything, actions: chosen, places }: ScopeChoice): ScopesChosen {
  if (anything) return { ok: true, scopes: [] }
  if (chosen.length === 0) {
    return { ok: false, field: 'actions', problem: 'Choose at least one, or let the app ask for anything.' }
  }
  const lines = places.split('\n').filter((line) => line.trim() !== '')
  const parsed = parseScopes([
    ...chosen,
    ...lines.map((line) => `bucket:${line.trim().replace(/^bucket:/, '')}`),
  ])
  return parsed.ok
    ? { ok: true, scopes: parsed.scopes }
    : { ok: false, field: 'places', problem: parsed.problem }
}
