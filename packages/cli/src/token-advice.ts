/** What an error of the token endpoint means for whoever called it, and where to look next. */
export interface Advice {
  readonly means: string
  readonly next: readonly string[]
}

const askTheDeveloper =
  'The trace_id names this very request; the developer who owns the client can look it up.'

const advice: Readonly<Record<string, Advice>> = {
  invalid_client: {
    means: 'The server does not believe that the caller is this client.',
    next: [
      'Is the client registered there? "valetkey client list" shows the client_ids it knows.',
      'Is it the current secret of this client? The JWT was made just now, so its form and time are right.',
      askTheDeveloper,
    ],
  },
  client_secret_expired: {
    means: 'The JWT had expired when it arrived, although it was made just now: the clocks differ.',
    next: ['Set the clock of this machine; "valetkey doctor --url …" tells how far it is off.'],
  },
  invalid_code: {
    means:
      'The client is right, but the code is not: unknown, used before, taken back, or issued to another client.',
    next: [
      'A code works once, and trying it twice ends the access it gave: let the user approve again.',
      'Was it sent along whole, and URL-decoded once?',
    ],
  },
  code_expired: {
    means: 'The client and the code are right, but it came too late.',
    next: ['Redeem the code as soon as the redirect arrives; let the user approve again.'],
  },
  invalid_redirect_uri: {
    means: 'The client and the code are right, but redirect_uri is not the one that the user was asked with.',
    next: ['Send it byte for byte as in the authorization request: scheme, host, port, path and slash.'],
  },
  invalid_request: { means: 'A parameter is missing or malformed.', next: ['The description names it.'] },
  temporarily_unavailable: {
    means: 'The server cannot answer at the moment.',
    next: ['Try again in a few seconds.'],
  },
  server_error: {
    means: 'Something failed on the server.',
    next: ['Give the trace_id to whoever operates it.'],
  },
  unexpected_answer: {
    means: 'What answered is no Valetkey server, or something in between.',
    next: ['Check --url, and what stands in front of the server.'],
  },
}

export function adviceOn(error: string): Advice {
  return advice[error] ?? { means: 'The server refused.', next: ['The description says why.'] }
}
