export interface ValetkeyErrorFields {
  readonly status: number
  readonly error: string
  readonly error_description: string
  readonly trace_id: string
  readonly error_uri: string
}

/** A deliberate no of the server, in its own words, or of this SDK. Holds nothing that was sent. */
export class ValetkeyError extends Error {
  override readonly name = 'ValetkeyError'
  /** The HTTP status; 0 when no HTTP answer was at hand: an authorization response, or a server out of reach. */
  readonly status: number
  /**
   * The error code of the server, such as `invalid_client`, or of this SDK:
   *
   * - `unexpected_answer`: what answered was no Valetkey server
   * - `keys_not_opened`: the second half of a code or refresh token does not open the storage keys
   * - `unreachable`: no answer, or none in time; `cause` says why
   * - `issuer_mismatch`: metadata or a callback of another server than the one that was asked
   * - `state_mismatch`: a callback of another authorization than the pending one
   * - `callback_malformed`: neither code nor error, or a parameter twice
   * - `expired_token`: nobody decided before the code of the device ended; a server that is asked too late says it too
   * - `endpoint_missing`: the server does not offer this
   * - `webhook_unverified`: a webhook that is not signed by its endpoint's secret, or not just now
   */
  readonly error: string
  readonly error_description: string
  /** Names the request in the server's log and traces; empty when the answer had none. */
  readonly trace_id: string
  /** A page that says what the error means; empty when the answer had none. */
  readonly error_uri: string

  constructor(fields: ValetkeyErrorFields, options?: ErrorOptions) {
    super(`${fields.error}: ${fields.error_description}`, options)
    this.status = fields.status
    this.error = fields.error
    this.error_description = fields.error_description
    this.trace_id = fields.trace_id
    this.error_uri = fields.error_uri
  }
}

/** What an error of this SDK's own may know beside its words. */
interface Circumstances extends ErrorOptions {
  readonly status?: number
  readonly trace_id?: string
}

/** An error that this SDK found, with no page that explains it. */
export function localError(
  error: string,
  error_description: string,
  { status = 0, trace_id = '', ...options }: Circumstances = {},
): ValetkeyError {
  return new ValetkeyError({ status, error, error_description, trace_id, error_uri: '' }, options)
}
