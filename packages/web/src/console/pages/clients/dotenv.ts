import type { CredentialsAnswer } from '@valetkey/protocol'

/** Of a client that has a secret, while it is shown. */
export type Credentials = CredentialsAnswer & { readonly client_secret: string }

/** Browsers take a dot from the front of a name. */
export const dotenvName = 'valetkey.env'

/** A dotenv file with both, under the names that the command line and the quickstarts read. */
export const dotenvOf = ({ client_id, client_secret }: Credentials): string =>
  `VALETKEY_CLIENT_ID=${client_id}\nVALETKEY_CLIENT_SECRET=${client_secret}\n`
