import { clientAuthenticationSteps, type Evidence, type Step } from '../token-request.ts'

const proof: readonly Step[] = [...clientAuthenticationSteps, 'check_jti']
const keys: readonly Step[] = ['derive_root_key', 'unseal_keys']
const ofTheCode: readonly Step[] = ['find_code', 'check_not_spent', 'check_code_expiry']

/** The steps of each grant type behind the proof of the client. */
const ofGrantType: ReadonlyMap<string, readonly Step[]> = new Map(
  Object.entries({
    authorization_code: [
      ...ofTheCode,
      'match_redirect_uri',
      'prove_possession',
      'find_project',
      'narrow_access',
      ...keys,
      'spend_code',
    ],
    refresh_token: [
      'find_refresh_token',
      'check_refresh_token',
      'narrow_access',
      ...keys,
      'rotate_refresh_token',
    ],
    'urn:ietf:params:oauth:grant-type:device_code': [
      'find_device_code',
      'check_device_code',
      ...ofTheCode,
      'find_project',
      'narrow_access',
      ...keys,
      'spend_code',
    ],
  } satisfies Record<string, readonly Step[]>),
)

/** What a token request of the StorX dialect goes through. */
const ofStorx: readonly Step[] = [
  ...proof,
  ...ofTheCode,
  'match_redirect_uri',
  'prove_possession',
  'find_project',
  ...keys,
  'spend_code',
]

/** The steps that a request of this kind goes through, from what is known of it; in no order. */
export function stepsOf({ endpoint, grant_type, proof: how }: Evidence): ReadonlySet<Step> {
  if (endpoint === undefined) return new Set(ofStorx)
  if (endpoint === 'authorize') return new Set()
  const who: readonly Step[] = how === 'none' ? ['fetch_client'] : proof
  if (endpoint === 'par' || endpoint === 'device_authorization')
    return new Set([...who, 'check_grant_type', 'read_authorization'])
  if (endpoint !== 'token') return new Set(who)
  return new Set([...who, 'check_grant_type', ...(ofGrantType.get(String(grant_type)) ?? [])])
}
