declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'

  type Payload = Readonly<Record<string, unknown>>

  interface Model {
    /** Resolves with the text that stands for it. */
    save(): Promise<string>
  }

  interface Grant extends Model {
    addOIDCScope(scope: string): void
  }

  /** What the benchmark needs of the package, which has no types of its own. */
  export default class Provider {
    constructor(issuer: string, configuration: Payload)
    callback(): RequestListener
    readonly Grant: new (
      payload: Payload,
    ) => Grant
    readonly AuthorizationCode: new (
      payload: Payload,
    ) => Model
    readonly AccessToken: new (
      payload: Payload,
    ) => Model
    readonly Client: { find(client_id: string): Promise<object | undefined> }
  }
}
