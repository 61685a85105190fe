/** What compiles and what does not. The compiler checks it; nothing of it is run. */
import type {
  AuthorizationForm,
  Callback,
  Client,
  ClientAuth,
  Grant,
  grantNeedsRefresh,
  RestrictionForm,
  refreshGrant,
  revokeGrant,
} from './index.ts'

type Fits<Value, Form> = [Value] extends [Form] ? 'yes' : 'no'
type Same<One, Other> = [Fits<One, Other>, Fits<Other, One>] extends ['yes', 'yes'] ? 'yes' : 'no'

interface Words {
  redirect_uri: string
  scope: string
}
interface Details {
  redirect_uri: string
  access: { actions: 'read'[]; bucket: string }
}
type Places = { bucket: string; prefix: string }[]

export const accessIsAskedForInWordsOrInDetailsAndInOneOfThem: [
  Fits<Words, AuthorizationForm>,
  Fits<Details, AuthorizationForm>,
  Fits<Words & Details, AuthorizationForm>,
  Fits<{ redirect_uri: string }, AuthorizationForm>,
] = ['yes', 'yes', 'no', 'no']

export const actionsAreThoseThatThereAreAndAPlaceIsNamedInOneWay: [
  Fits<{ actions: 'readd'[] }, RestrictionForm>,
  Fits<{ actions: 'read'[]; bucket: string; places: Places }, RestrictionForm>,
  Fits<{ actions: 'read'[]; places: Places; not_before: number }, RestrictionForm>,
] = ['no', 'no', 'yes']

export const aFieldThatMayBeUndefinedIsNoRestriction: [
  Fits<{ actions: 'read'[]; bucket: string | undefined }, RestrictionForm>,
  Fits<{ actions: 'read'[]; places: Places | undefined }, RestrictionForm>,
] = ['no', 'no']

export const aClientAlwaysSaysHowItProvesItself: [
  Fits<{ client_id: string }, Client>,
  Fits<{ client_id: string; auth: ClientAuth }, Client>,
] = ['no', 'yes']

export const aGrantMayHaveNoRefreshTokenAndIsHandedOverAsItIs: [
  Same<Grant['refresh_token'], string | undefined>,
  Fits<Grant, Parameters<typeof refreshGrant>[2]>,
  Fits<Grant, Parameters<typeof revokeGrant>[2]>,
  Fits<Grant, Parameters<typeof grantNeedsRefresh>[0]>,
] = ['yes', 'yes', 'yes', 'yes']

export const aCallbackIsWhatServersAndBrowsersHaveAtHand: [
  Fits<string, Callback>,
  Fits<URL, Callback>,
  Fits<URLSearchParams, Callback>,
  Fits<Request, Callback>,
] = ['yes', 'yes', 'yes', 'no']
