const what = 'The operator of this server suspended this client.'
const means =
  'Users cannot approve it, no code is redeemed, and no access renewed. Access that was given before works until it runs out, unless the operator ended it as well. Only the operator can lift this: ask them why, and what has to change.'

/** What a developer is told of a client that is `suspended`, wherever they meet it: in two pieces, or as one text. */
export const suspendedInWords = { what, means, whole: `${what} ${means}` } as const
