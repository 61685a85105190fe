import {
  createAccessGrant,
  createMacaroon,
  encodeBase64Url,
  sealEncryptionAccess,
  serializeAccessGrant,
} from '@valetkey/access-grant'
import type { Reply } from './valetkey-double.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** What a user's browser and the server make of one approval. */
export interface SealedGrant {
  /** With its keys, as the app is to have it. */
  readonly whole: string
  /** As the server knows it. */
  readonly keyless: string
  readonly browser_half: string
  readonly sealed_encryption_access: string
}

export function aSealedGrant(client_id: string): SealedGrant {
  const key = random(32)
  const grant = createAccessGrant({
    satellite_address: '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S@sat.example:7777',
    api_key: createMacaroon({ head: random(32), secret: random(32) }),
    root_key: random(32),
  })
  const sealed = sealEncryptionAccess(grant.encryption_access, {
    key,
    nonce: random(12),
    associated_data: client_id,
  })
  const encryption_access = { default_path_cipher: 2, store_entries: [] }
  return {
    whole: serializeAccessGrant(grant),
    keyless: serializeAccessGrant({ ...grant, encryption_access }),
    browser_half: encodeBase64Url(key),
    sealed_encryption_access: encodeBase64Url(sealed),
  }
}

export const aHalf = (): string => encodeBase64Url(random(32))

export const details = [{ type: 'storage_access', bucket: 'photos', actions: ['read', 'list'] }]

/** A good answer of the token endpoint. */
export function granted(access_grant: string, more: object = {}): Reply {
  const scope = 'read list bucket:photos'
  const access = { access_token: access_grant, access_grant, token_type: 'Bearer', expires_in: 3600 }
  return { body: { ...access, scope, authorization_details: details, ...more } }
}
