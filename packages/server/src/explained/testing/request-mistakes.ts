import { type HttpRequest, type Mistake, type Parameters, signed } from './mistake.ts'

/** The HTTP request changed, its parameters good. */
function sentAs(http: (form: Parameters) => Partial<HttpRequest>): Mistake['make'] {
  return async () => ({ http })
}

/** Parameters changed, the rest good. */
function withForm(form: Parameters): Mistake['make'] {
  return async () => ({ form })
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const asForm = (parameters: Parameters): string =>
  new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, `${value}`])).toString()

const needsJson = 'Send a JSON body with Content-Type: application/json.'

const wholeRequest: readonly Mistake[] = [
  {
    name: 'sent a form, as RFC 6749 has it',
    cause: 'form_body',
    make: sentAs((parameters) => ({ headers: form, body: asForm(parameters) })),
    told: needsJson,
  },
  {
    name: 'sent JSON with curl -d and no Content-Type, which curl fills in as a form',
    cause: 'json_body_declared_form',
    make: sentAs(() => ({ headers: form })),
    told: needsJson,
  },
  {
    name: 'sent JSON without a Content-Type',
    cause: 'content_type_missing',
    make: sentAs(() => ({ headers: {} })),
    told: needsJson,
  },
  {
    name: 'sent JSON as text/plain, which fetch does with a string',
    cause: 'content_type_other',
    make: sentAs(() => ({ headers: { 'content-type': 'text/plain;charset=UTF-8' } })),
    told: needsJson,
  },
  {
    name: 'sent JSON declared as UTF-16',
    cause: 'content_type_other',
    make: sentAs(() => ({ headers: { 'content-type': 'application/json; charset=utf-16' } })),
    told: needsJson,
  },
  {
    name: 'set the Content-Type to JSON and kept the form',
    cause: 'form_body_declared_json',
    make: sentAs((parameters) => ({ body: asForm(parameters) })),
    told: 'The body is a form, not the JSON that Content-Type says.',
  },
  {
    name: 'sent the repr of a Python dict, with single quotes',
    cause: 'json_broken',
    make: sentAs((parameters) => ({ body: JSON.stringify(parameters).replaceAll('"', "'") })),
    told: 'The body is not valid JSON.',
  },
  {
    name: 'left a comma behind the last member',
    cause: 'json_broken',
    make: sentAs((parameters) => ({ body: JSON.stringify(parameters).replace('}', ',}') })),
    told: 'The body is not valid JSON.',
  },
  {
    name: 'put the JSON through JSON.stringify twice',
    cause: 'json_broken',
    make: sentAs((parameters) => ({ body: JSON.stringify(JSON.stringify(parameters)) })),
    told: 'the body: ',
  },
  {
    name: 'sent the secret in the address',
    cause: 'parameters_in_address',
    make: sentAs(({ client_secret, ...parameters }) => ({
      url: `/api/v0/oauth2/token?client_secret=${client_secret}`,
      body: JSON.stringify(parameters),
    })),
    told: 'client_secret: ',
  },
  {
    name: 'sent the client_id in the address and in the body',
    cause: 'parameters_in_address',
    make: sentAs(({ client_id }) => ({ url: `/api/v0/oauth2/token?client_id=${client_id}` })),
    told: 'send parameters in the body, never in the address',
  },
  {
    name: 'sent a passphrase of 17,000 characters',
    cause: 'body_too_large',
    make: withForm({ passphrase: 'x'.repeat(17_000) }),
    pasted: ['body_too_large', 'parameter_unfit'],
  },
]

const parameters: readonly Mistake[] = [
  {
    name: 'called the parameter clientId',
    cause: 'parameter_misnamed',
    make: sentAs(({ client_id, ...rest }) => ({ body: JSON.stringify({ clientId: client_id, ...rest }) })),
    shows: { seen: 'client' },
    told: 'client_id: ',
  },
  {
    name: 'called the parameter redirect_url',
    cause: 'parameter_misnamed',
    make: sentAs(({ redirect_uri, ...rest }) => ({
      body: JSON.stringify({ redirect_url: redirect_uri, ...rest }),
    })),
    told: 'redirect_uri: ',
  },
  {
    name: 'sent a code that is undefined, which JSON.stringify leaves out',
    cause: 'parameter_missing',
    make: withForm({ code: undefined }),
    shows: { seen: 'nothing', expected: 'code' },
    told: 'code: ',
  },
  {
    name: 'sent the JWT as client_assertion, as RFC 7523 has it',
    cause: 'parameter_missing',
    make: async (scene) => ({
      form: {
        client_secret: undefined,
        client_assertion: await signed(scene),
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
    }),
    shows: { seen: 'nothing', expected: 'client_secret' },
    told: 'client_secret: ',
  },
  {
    name: 'sent an empty code',
    cause: 'parameter_unfit',
    make: withForm({ code: '' }),
    shows: { seen: 'code' },
    told: 'code: ',
  },
  {
    name: 'sent a code of 600 characters',
    cause: 'parameter_unfit',
    make: withForm({ code: 'x'.repeat(600) }),
    shows: { seen: 'code' },
    told: 'code: ',
  },
  {
    name: 'sent a passphrase of 5,000 characters',
    cause: 'parameter_unfit',
    make: withForm({ passphrase: 'x'.repeat(5_000) }),
    shows: { seen: 'passphrase' },
    told: 'passphrase: ',
  },
  {
    name: 'forgot to await the JWT, and JSON made {} of the promise',
    cause: 'value_not_text',
    make: async (scene) => ({ form: { client_secret: signed(scene) } }),
    shows: { seen: 'client_secret' },
    told: 'client_secret: ',
  },
  {
    name: 'sent null for the client_id',
    cause: 'value_not_text',
    make: withForm({ client_id: null }),
    shows: { seen: 'client_id' },
    told: 'client_id: ',
  },
  {
    name: 'put $CODE between single quotes, where no shell fills it in',
    cause: 'code_placeholder',
    make: withForm({ code: '$CODE' }),
    pasted: ['shell_variable_unexpanded', 'code_placeholder'],
  },
  {
    name: 'put $JWT between single quotes, where no shell fills it in',
    cause: 'placeholder_sent',
    make: withForm({ client_secret: '$JWT' }),
    told: 'a placeholder that nothing was filled into',
    pasted: ['shell_variable_unexpanded', 'placeholder_sent'],
    offline: ['placeholder_sent'],
  },
]

/** The request that carries JWT and code, and its parameters. */
export const requestMistakes: readonly Mistake[] = [...wholeRequest, ...parameters].map((mistake) => ({
  offline: [],
  ...mistake,
}))

/** What only a pasted request can show: it goes elsewhere, or is none, or is granted all the same. */
export interface PastedMistake extends Pick<Mistake, 'name' | 'cause' | 'besides' | 'shows'> {
  readonly pasted: (good: Readonly<Record<string, string>>) => string
}

export const pastedMistakes: readonly PastedMistake[] = [
  {
    name: 'asked with GET, as a browser does',
    cause: 'method_not_post',
    pasted: (good) =>
      `curl -X GET https://valetkey.test/api/v0/oauth2/token -H 'Content-Type: application/json' -d '${JSON.stringify(good)}'`,
  },
  {
    name: 'wrote the code twice, of which servers take the last',
    cause: 'parameter_twice',
    pasted: (good) => JSON.stringify(good).replace('{', '{"code":"the one before",'),
    shows: { seen: 'code' },
  },
  {
    name: 'sent it to the server of another environment',
    cause: 'sent_to_another_server',
    pasted: (good) =>
      `curl https://staging.valetkey.test/api/v0/oauth2/token --json '${JSON.stringify(good)}'`,
    shows: { seen: 'staging.valetkey.test', expected: 'valetkey.test' },
  },
  {
    name: 'wrote another path',
    cause: 'sent_to_another_path',
    pasted: (good) => `curl https://valetkey.test/api/v0/oauth2/tokens --json '${JSON.stringify(good)}'`,
    shows: { seen: '/api/v0/oauth2/tokens', expected: '/api/v0/oauth2/token' },
  },
  {
    name: 'sent the body from a file',
    cause: 'file_not_read',
    pasted: () => `curl https://valetkey.test/api/v0/oauth2/token --json @body.json`,
  },
  {
    name: 'pasted the answer of the chat in which the request was asked for',
    cause: 'unreadable',
    pasted: () => 'Sure, here is the request you need to exchange the code for an access grant.',
  },
]
