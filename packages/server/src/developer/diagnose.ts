import type { DiagnoseForm, DiagnosisAnswer } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import type { Cause } from '../domain/explain/causes.ts'
import { shown } from '../domain/explain/evidence-in-words.ts'
import { type Explainable, explain } from '../domain/explain/explain.ts'
import { concerned, ownClientOf } from '../domain/explain/viewer.ts'
import { type PastedRequest, parseRequest, type RequestProblem } from '../domain/pasted/parse-request.ts'
import { fittingPart, isFit, parameters, requiredParameters } from '../domain/token-form.ts'
import { asUnreached, type Evidence, type TraceStep } from '../domain/token-request.ts'
import { limitRate } from '../http/limits.ts'
import { inspectTokenRequest } from '../inspect-token-request.ts'
import type { Settings } from '../settings.ts'
import { viewerOf } from '../viewers.ts'
import { inspectStandard, requiredIn, unfitIn } from './diagnose-standard.ts'

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
    const mayLookAt = ({ developer_id }: Client) => developer_id === by.account.id
    const told = problemsOf(pasted, deps.settings)
    const { client_id, request: facts, steps } = await inspect(deps, pasted, told, mayLookAt)
    const viewer = await viewerOf(deps, by.account, concerned({ client_id, steps }))
    const explanation = explain({ client_id, reason: null, request: facts, steps }, viewer)
    return {
      ok: explanation.first_failure === null,
      client_id: client_id === null ? null : shown(client_id, 256),
      client_name: ownClientOf(viewer, client_id)?.name ?? null,
      explanation,
    }
  })
}

/** In the dialect that it is written in. */
async function inspect(
  deps: Deps,
  pasted: PastedRequest,
  told: readonly TraceStep[],
  mayLookAt: (client: Client) => boolean,
): Promise<Omit<Explainable, 'reason'>> {
  const { endpoint, parameters: sent } = pasted
  if (endpoint !== null) return inspectStandard(deps, { ...pasted, endpoint }, told, mayLookAt)
  const form = fittingPart(sent)
  const inspected = await inspectTokenRequest(deps, form, deps.clock.now(), mayLookAt)
  return { client_id: form.client_id ?? null, request: {}, steps: behind(told, inspected) }
}

/** What is wrong with the request before its JWT is looked at. */
function problemsOf(
  pasted: PastedRequest,
  { public_url }: Pick<Settings, 'public_url'>,
): readonly TraceStep[] {
  const { problems, parameters: sent, url, endpoint } = pasted
  const told = problems.map(({ code, parameter, fault }) => ({
    cause: code,
    ...(parameter === undefined ? {} : { parameter }),
    ...fault,
  }))
  const named: ReadonlySet<string | undefined> = new Set(problems.map(({ parameter }) => parameter))
  const { required, unfit } =
    endpoint === null
      ? {
          required: requiredParameters,
          unfit: parameters.filter((name) => sent[name] !== undefined && !isFit(name, sent[name])),
        }
      : { required: requiredIn(endpoint, sent), unfit: unfitIn(endpoint, sent) }
  // In the standard dialect an empty one counts as not sent.
  const isSent = (name: string) => sent[name] !== undefined && (endpoint === null || sent[name] !== '')
  const missing = required.filter((name) => !isSent(name) && !named.has(name))
  return [
    ...(endpoint === null ? addressProblems(url, public_url) : hostProblems(withScheme(url), public_url)),
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
  const { pathname } = new URL(url, public_url)
  return [
    ...hostProblems(url, public_url),
    ...(pathname === tokenPath
      ? []
      : [{ cause: 'sent_to_another_path', sent: pathname, expected: tokenPath } as const]),
  ]
}

function hostProblems(url: string | null, public_url: string): readonly (Evidence & { cause: Cause })[] {
  if (url === null || !URL.canParse(url, public_url)) return []
  const [sent, ours] = [new URL(url, public_url), new URL(public_url)]
  return sent.host === ours.host || (isLoopback(sent) && isLoopback(ours) && sent.port === ours.port)
    ? []
    : [{ cause: 'sent_to_another_server', sent: sent.host, expected: ours.host }]
}

/** Without one, curl takes `localhost:10002/…` for a host and URLs take it for a scheme. */
const withScheme = (url: string | null): string | null =>
  url !== null && /^[\w.-]+(?::\d+)?\//.test(url) ? `http://${url}` : url

const isLoopback = ({ hostname }: URL): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/** Whether nothing of the body could be read, so that it says nothing to miss parameters in it. */
const isOfTheWhole = ({ code, parameter }: RequestProblem): boolean =>
  code === 'unreadable' || (code === 'file_not_read' && parameter === undefined)

/** A request that is refused as a whole reaches no step; what these would find is told all the same. */
function behind(problems: readonly TraceStep[], inspected: readonly TraceStep[]): readonly TraceStep[] {
  return problems.length === 0 ? inspected : [...problems, ...inspected.map(asUnreached)]
}
