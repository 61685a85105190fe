export * from './access-grant.ts'
export {
  type Action,
  type Operation,
  operationName,
  operationNumber,
  operations,
} from './action.ts'
export { effectivePaths } from './allowed-paths.ts'
export * from './api-key.ts'
export * from './base58.ts'
export { decodeBase64Url, encodeBase64Url } from './base64.ts'
export type { BytesLike } from './bytes.ts'
export * from './caveat.ts'
export * from './derived-key.ts'
export * from './describe.ts'
export type { GrantWarning } from './describe-warnings.ts'
export { effectivePermission } from './effective-permission.ts'
export {
  encryptSharePrefixes,
  type Keys,
  limitToApiKey,
  limitToPaths,
  overrideKey,
  parseEncryptionAccess,
  type SharePrefix,
  serializeEncryptionAccess,
} from './encryption-access.ts'
export * from './encryption-store.ts'
export * from './errors.ts'
export {
  addCaveat,
  createMacaroon,
  type Macaroon,
  parseMacaroon,
  serializeMacaroon,
  tailsOf,
  verifyMacaroon,
} from './macaroon.ts'
export * from './node-url.ts'
export {
  type CipherSuite,
  cipherSuite,
  componentsOf,
  decodeSegment,
  decryptComponent,
  encodeSegment,
  encryptComponent,
} from './path-component.ts'
export {
  couldEncrypt,
  decryptPath,
  encryptPath,
  encryptPrefix,
  type PathInfo,
  type PrefixInfo,
  pathKey,
  prefixInfo,
} from './path-encryption.ts'
export * from './permission.ts'
export * from './portable-argon2id.ts'
export * from './root-key.ts'
export { type S3Operations, s3Operations } from './s3-operations.ts'
export * from './seal.ts'
export * from './share-root-key.ts'
export * from './share-url.ts'
export * from './storage-action.ts'
export * from './time.ts'
