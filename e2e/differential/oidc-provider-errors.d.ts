declare module 'oidc-provider' {
  type RefusalClass = new (description?: string) => Error

  /** What the documented functions of a configuration may throw. */
  export const errors: {
    readonly InvalidTarget: RefusalClass
    readonly InvalidAuthorizationDetails: RefusalClass
  }
}
