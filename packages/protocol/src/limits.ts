/** Numbers that the server keeps to and that pages say. Apart from the schemas, which no page has to load. */

/** For so long a token request can be looked up. */
export const tokenRequestsKeptDays = 30

/** Of a new password, in characters: code points, whatever they are. */
export const passwordLength = { min: 8, max: 64 } as const
export const passwordRule = `${passwordLength.min} to ${passwordLength.max} characters, any you like.`
