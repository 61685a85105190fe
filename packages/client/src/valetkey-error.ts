import { errorAnswer } from '@valetkey/protocol'

export interface ValetkeyErrorFields {
  readonly status: number
  readonly error: string
  readonly error_description: string
  readonly trace_id: string
  readonly error_uri: string
}

/** A deliberate no of the server, in its own words. Holds nothing that was sent. */
export class ValetkeyError extends Error {
  override readonly name = 'ValetkeyError'
  /** The HTTP status. */
  readonly status: number
  /**
   * The error code, such as `invalid_client`; `unexpected_answer` when what answered was no Valetkey server;
   * `keys_not_opened` when a code was redeemed whose second half does not open its storage keys.
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

/** The error an answer tells of, whatever its body holds. */
export async function errorOf(response: Response): Promise<ValetkeyError> {
  const told = errorAnswer.safeParse(await response.json().catch(() => undefined))
  return told.success
    ? new ValetkeyError({ status: response.status, ...told.data })
    : unexpectedAnswer(response)
}

/** The code was redeemed, and the storage keys of the access grant stay sealed for want of the right second half. */
export function keysNotOpened(response: Response, options?: ErrorOptions): ValetkeyError {
  const fields = {
    status: response.status,
    error: 'keys_not_opened',
    error_description:
      'The code was redeemed, but its second half, behind the dot, does not open the storage keys. Let the user approve again, and keep both halves of the code as they come.',
    trace_id: response.headers.get('x-trace-id') ?? '',
    error_uri: '',
  }
  return new ValetkeyError(fields, options)
}

/** An answer that no Valetkey server gives: a proxy in between, or another program at this address. */
export function unexpectedAnswer(response: Response, options?: ErrorOptions): ValetkeyError {
  const fields = {
    status: response.status,
    error: 'unexpected_answer',
    error_description: `The answer (HTTP ${response.status}) is not one of a Valetkey server.`,
    trace_id: response.headers.get('x-trace-id') ?? '',
    error_uri: '',
  }
  return new ValetkeyError(fields, options)
}
