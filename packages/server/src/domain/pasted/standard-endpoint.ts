const standardEndpoints = ['token', 'par', 'device_authorization', 'revoke', 'introspect'] as const
export type StandardEndpoint = (typeof standardEndpoints)[number]

/** The endpoint of the standard dialect at this address, whatever stands in place of its host: `$URL` or nothing at all. */
export function standardEndpointIn(url: string): StandardEndpoint | null {
  const [, name] = /^(?:https?:\/\/)?[^/?#]*\/oauth2\/([a-z_]+)(?:[?#]|$)/i.exec(url) ?? []
  return standardEndpoints.find((endpoint) => endpoint === name) ?? null
}
