/** An HTTP request as it would leave, as far as a text tells. */
export interface WrittenRequest {
  readonly method: string | null
  readonly url: string | null
  readonly content_type: string | null
  /** The value of the Authorization header. */
  readonly authorization: string | null
  readonly body: string | null
  /** Of a multipart form, which has no other body. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** What stands in a file: a field by its name, or null for something larger. */
  readonly unread: readonly (string | null)[]
}

/** The body alone. */
export function bodyAlone(body: string): WrittenRequest {
  return {
    method: null,
    url: null,
    content_type: null,
    authorization: null,
    body,
    fields: [],
    unread: [],
  }
}

/** Which of the two schemes an `Authorization` header uses. */
export function schemeOf(authorization: string | null): 'bearer' | 'basic' | null {
  const scheme = authorization?.trim().split(/\s/, 1)[0]?.toLowerCase()
  return scheme === 'bearer' || scheme === 'basic' ? scheme : null
}
