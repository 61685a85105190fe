import { authorizationDetailsOf, type StandardTokenAnswer, scopeTextOf } from '@valetkey/protocol'
import { storageAccessOf } from '../../domain/access.ts'
import type { IssuedAccess } from '../build-access-grant.ts'

/** What a client gets, in the words of every OAuth library; `access_grant` is for those that look for it. @source RFC 6749 §5.1; RFC 9396 §7 */
export function tokenAnswerOf(issued: IssuedAccess): StandardTokenAnswer {
  const { access, access_grant, expires_in, refresh_token, sealed_encryption_access } = issued
  return {
    access_token: access_grant,
    token_type: 'Bearer',
    expires_in,
    scope: scopeTextOf(access.scopes, refresh_token !== undefined),
    authorization_details: authorizationDetailsOf(storageAccessOf(access)),
    access_grant,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(sealed_encryption_access === undefined ? {} : { sealed_encryption_access }),
  }
}
