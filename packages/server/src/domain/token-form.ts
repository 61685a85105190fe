import { type TokenForm, tokenForm } from '@valetkey/protocol'
import type { Dialect } from './authorization-request.ts'
import type { Carrier } from './jwt.ts'

/** The parameters of a token request, in the order in which they are documented. */
export const parameters = tokenForm.keyof().options

/** Whether this value may stand in this parameter; undefined is one that was not sent. */
export const isFit = (name: keyof TokenForm, value: unknown): boolean =>
  tokenForm.shape[name].safeParse(value).success

/** Whether all of these are in order, as nearly always. */
export const areFit = (sent: Readonly<Record<string, unknown>>): boolean => tokenForm.safeParse(sent).success

export const requiredParameters = parameters.filter((name) => !isFit(name, undefined))

/** As much of a token request as came in fitting form; of a passphrase only whether there was one. */
export type PartialTokenForm = Partial<Omit<TokenForm, 'passphrase'>> & {
  readonly passphrase_sent?: boolean
  /** Where the JWT stood; `client_secret` unless it is said. */
  readonly carrier?: Carrier
  /** In which the request came; `storx` unless it is said. */
  readonly dialect?: Dialect
}

/** The parameters that are in order, so that a request refused for one of them can be explained in all the others. */
export function fittingPart(sent: Readonly<Record<string, unknown>>): PartialTokenForm {
  return {
    ...Object.fromEntries(
      parameters
        .filter((name) => name !== 'passphrase' && isFit(name, sent[name]))
        .map((name) => [name, sent[name]]),
    ),
    passphrase_sent: typeof sent.passphrase === 'string',
  }
}
