import { randomBytes } from 'node:crypto'
import {
  type EncryptionAccess,
  encodeBase64Url,
  sealEncryptionAccess,
  shareRootKey,
} from '@valetkey/access-grant'
import { decisionBodyLimit, decisionForm, parseScopes, type SealedKeys } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { actingIn } from '../http/doors.ts'
import { decide } from '../oauth/decide.ts'

/** What a browser makes of the user's passphrase, and what it keeps to itself. */
export interface SealedInBrowser {
  /** Base64url, 43 characters: goes to the app behind the server's half of the code. */
  readonly browser_half: string
  /** What it sealed. */
  readonly encryption_access: EncryptionAccess
  readonly form: Required<SealedKeys>
}

/** Does what the consent page does: derives, limits to the approved places, seals for the client. */
export async function sealInBrowser(
  { rootKeys }: Pick<Deps, 'rootKeys'>,
  by: { readonly passphrase: string; readonly salt: string; readonly client_id: string },
  scopes: readonly string[],
): Promise<SealedInBrowser> {
  const approved = parseScopes(scopes)
  if (!approved.ok) throw new Error(approved.problem)
  const root_key = await rootKeys(by.passphrase, by.salt)
  const { encryption_access, encrypted_prefixes } = shareRootKey(root_key, approved.set.places)
  const key = randomBytes(32)
  const sealed = sealEncryptionAccess(encryption_access, {
    key,
    nonce: randomBytes(12),
    associated_data: by.client_id,
  })
  return {
    browser_half: key.toString('base64url'),
    encryption_access,
    form: {
      sealed_encryption_access: encodeBase64Url(sealed),
      encrypted_prefixes: encrypted_prefixes.map(({ bucket, encrypted_path_prefix }) => ({
        bucket: Buffer.from(bucket).toString(),
        encrypted_path_prefix: encodeBase64Url(encrypted_path_prefix),
      })),
    },
  }
}

export const decisionPath = '/test/decision'

/** The page's decision over HTTP, with its form and its limit, and without the page's own guard. */
export async function acceptDecisions(app: FastifyInstance, deps: Deps): Promise<FastifyInstance> {
  const routes: FastifyPluginAsyncZod = async (inside) => {
    inside.post(
      decisionPath,
      {
        config: { limitTold: 'when_met' },
        bodyLimit: decisionBodyLimit,
        schema: { security: [{ user: [] }], body: decisionForm },
      },
      async (request) => decide(deps, actingIn(request), request.body),
    )
  }
  await app.register(routes)
  return app
}
