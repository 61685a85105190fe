import type { DiagnoseForm, DiagnosisAnswer } from '@valetkey/protocol'
import { type Acting, audited } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { Cause } from '../domain/explain/causes.ts'
import { shown } from '../domain/explain/evidence-in-words.ts'
import { explain } from '../domain/explain/explain.ts'
import { concerned, ownClientOf } from '../domain/explain/viewer.ts'
import { type PastedRequest, parseRequest, type RequestProblem } from '../domain/pasted/parse-request.ts'
import { fittingPart, isFit, parameters, requiredParameters } from '../domain/token-form.ts'
import { asUnreached, type Evidence, type TraceStep } from '../domain/token-request.ts'
import { limitRate } from '../http/limits.ts'
import { inspectTokenRequest } from '../inspect-token-request.ts'
import type { Settings } from '../settings.ts'
import { viewerOf } from '../viewers.ts'

/**
 * Goes through a pasted token request as the token endpoint would, and tells everything that is wrong with it. Nothing
 * is spent, marked or kept; clients of other developers are as unknown as clients that do not exist.
 *
 * @refuses rate_limited
 */
export async function diagnose(deps: Deps, by: Acting, { request }: DiagnoseForm): Promise<DiagnosisAnswer> {
  await limitRate(deps, 'token_request_diagnose', by)
  return audited(deps, by, 'token_request.diagnosed', 'pasted', async () => {
    const pasted = parseRequest(request)
    const form = fittingPart(pasted.parameters)
    const inspected = await inspectTokenRequest(
      deps,
      form,
      deps.clock.now(),
      ({ developer_id }) => developer_id === by.account.id,
    )
    const steps = behind(problemsOf(pasted, deps.settings), inspected)
    const client_id = form.client_id ?? null
    const viewer = await viewerOf(deps, by.account, concerned({ client_id, steps }))
    const explanation = explain({ client_id, reason: null, request: {}, steps }, viewer)
    return {
      ok: explanation.first_failure === null,
      client_id: client_id === null ? null : shown(client_id, 256),
      client_name: ownClientOf(viewer, client_id)?.name ?? null,
      explanation,
    }
  })
}

/** What is wrong with the request before its JWT is looked at. */
function problemsOf(
  { problems, parameters: sent, url }: PastedRequest,
  { public_url }: Pick<Settings, 'public_url'>,
): readonly TraceStep[] {
  const told = problems.map(({ code, parameter, fault }) => ({
    cause: code,
    ...(parameter === undefined ? {} : { parameter }),
    ...fault,
  }))
  const named = new Set(problems.map(({ parameter }) => parameter))
  const missing = requiredParameters.filter((name) => sent[name] === undefined && !named.has(name))
  const unfit = parameters.filter((name) => sent[name] !== undefined && !isFit(name, sent[name]))
  return [
    ...addressProblems(url, public_url),
    ...told,
    ...(missing.length > 0 && !problems.some(isOfTheWhole)
      ? [{ cause: 'parameter_missing', parameter: missing }]
      : []),
    ...(unfit.length > 0 ? [{ cause: 'parameter_unfit', parameter: unfit }] : []),
  ].map((evidence) => ({ step: 'read_request', result: 'failed', evidence }))
}

const tokenPath = '/api/v0/oauth2/token'

/** Where it goes, if not here; an address that is only a path is taken for one of this server. */
function addressProblems(url: string | null, public_url: string): readonly (Evidence & { cause: Cause })[] {
  if (url === null || !URL.canParse(url, public_url)) return []
  const [sent, ours] = [new URL(url, public_url), new URL(public_url)]
  return [
    ...(sent.host === ours.host || (isLoopback(sent) && isLoopback(ours) && sent.port === ours.port)
      ? []
      : [{ cause: 'sent_to_another_server', sent: sent.host, expected: ours.host } as const]),
    ...(sent.pathname === tokenPath
      ? []
      : [{ cause: 'sent_to_another_path', sent: sent.pathname, expected: tokenPath } as const]),
  ]
}

const isLoopback = ({ hostname }: URL): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/** Whether nothing of the body could be read, so that it says nothing to miss parameters in it. */
const isOfTheWhole = ({ code, parameter }: RequestProblem): boolean =>
  code === 'unreadable' || (code === 'file_not_read' && parameter === undefined)

/** A request that is refused as a whole reaches no step; what these would find is told all the same. */
function behind(problems: readonly TraceStep[], inspected: readonly TraceStep[]): readonly TraceStep[] {
  return problems.length === 0 ? inspected : [...problems, ...inspected.map(asUnreached)]
}
