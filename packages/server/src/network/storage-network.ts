import type { Decision, Macaroon, Operation } from '@valetkey/access-grant'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { Project } from '../domain/project.ts'

/** Where projects live and API keys come from: our own tables, or a satellite. */
export interface StorageNetwork {
  /** `node-id@host:port`, the first part of every access grant. */
  readonly satellite_address: string
  /** Oldest first. */
  projectsOf(user_id: string): Promise<readonly Project[]>
  /** Undefined when the user is not active any more. */
  createProject(user_id: string, name: string): Promise<Project | undefined>
  /** A fresh root key of the project. It opens nothing until its record is stored. */
  issueApiKey(order: { project: Project; grant_id: string; name: string }): Promise<IssuedApiKey>
  /** The root key behind a stored record, to be restricted anew. @throws SealBroken */
  openApiKey(record: ApiKeyRecord): Macaroon
  /** Whether the network would let this key do this now. Unknown, revoked and forged keys are told apart only here. */
  check(apiKey: Macaroon, action: NetworkAction): Promise<Decision>
}

export interface IssuedApiKey {
  readonly record: ApiKeyRecord
  readonly api_key: Macaroon
}

export interface NetworkAction {
  readonly op: Operation
  readonly bucket: string
  readonly encrypted_path: Uint8Array
}
