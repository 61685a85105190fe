import type { CauseRow } from './causes.ts'

const asJson = `curl -X POST {url}/api/v0/oauth2/token -H 'Content-Type: application/json' \\
  -d '{"client_id":"{client_id}","client_secret":"<jwt>","redirect_uri":"<redirect_uri>","code":"<code>"}'`

/** What is wrong with the HTTP request, before there is a JWT to look at. */
export const requestCauses = {
  form_body: {
    step: 'read_request',
    reason: 'content_type_unsupported',
    means: 'The parameters came as a form; this endpoint reads JSON.',
    fix: 'Send one JSON object and say so in Content-Type.',
    snippet: asJson,
  },
  json_body_declared_form: {
    step: 'read_request',
    reason: 'content_type_unsupported',
    means:
      'The body is JSON, but Content-Type says that it is a form; curl -d says so unless told otherwise.',
    fix: 'Send Content-Type: application/json with it.',
    snippet: asJson,
  },
  content_type_missing: {
    step: 'read_request',
    reason: 'content_type_unsupported',
    means: 'There is no Content-Type.',
    fix: 'Send Content-Type: application/json.',
    snippet: asJson,
  },
  content_type_other: {
    step: 'read_request',
    reason: 'content_type_unsupported',
    means: 'Content-Type is not application/json in UTF-8, or the body is compressed.',
    fix: 'Send one JSON object, uncompressed, and Content-Type: application/json.',
    snippet: asJson,
  },
  form_body_declared_json: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'Content-Type says JSON, but the body is a form.',
    fix: 'Send one JSON object as the body.',
    snippet: 'body: JSON.stringify({ client_id, client_secret, redirect_uri, code })',
  },
  json_broken: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'The body is not one valid JSON object in UTF-8.',
    fix: 'Build it with a JSON library; in a shell put single quotes around it and double quotes inside.',
    snippet: 'body: JSON.stringify({ client_id, client_secret, redirect_uri, code })',
  },
  parameters_in_address: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'Parameters are in the URL, where logs and histories keep them.',
    fix: 'Send them in the body alone; if a secret or code was among them, replace it.',
    snippet: asJson,
  },
  method_not_post: {
    step: 'read_request',
    reason: 'method_not_allowed',
    means: 'The token endpoint takes POST alone.',
    fix: 'Send a POST request.',
    snippet: asJson,
  },
  body_too_large: {
    step: 'read_request',
    reason: 'body_too_large',
    means: 'The body is larger than 16 KiB.',
    fix: 'Send client_id, client_secret, redirect_uri and code, and nothing that is not asked for.',
  },
  parameter_misnamed: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'A parameter is there under another name than its own.',
    fix: 'Write names as they are documented: lower case, with _ between the words.',
    snippet: '{ client_id, client_secret, redirect_uri, code }',
  },
  parameter_missing: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'A parameter is missing.',
    fix: 'Send all four: client_id, client_secret, redirect_uri and code.',
    snippet: '{ client_id, client_secret, redirect_uri, code }',
  },
  parameter_unfit: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'A parameter is empty or too long.',
    fix: 'Check where its value comes from; /openapi.json has the limits.',
  },
  value_not_text: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'A parameter is not text.',
    fix: 'Send it as a JSON string, in double quotes.',
  },
  parameter_twice: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'A parameter is given twice.',
    fix: 'Send it once.',
  },
  shell_variable_unexpanded: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'A parameter is still a placeholder, such as $CODE: nothing was filled in.',
    fix: 'Fill in the value; a shell does so within double quotes only, not within single ones.',
    snippet: `-d "$(jq -n --arg code "$CODE" '{code: $code}')"`,
  },
  sent_to_another_server: {
    step: 'read_request',
    reason: 'route_unknown',
    means: 'It goes to another server than this one.',
    fix: 'Send it to the server that the client is registered with; each environment has its own.',
  },
  sent_to_another_path: {
    step: 'read_request',
    reason: 'route_unknown',
    means: 'It goes to another path than that of token requests.',
    fix: 'Send it to /api/v0/oauth2/token, without anything before or behind.',
    snippet: '/api/v0/oauth2/token',
  },
  file_not_read: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'The body is read from a file, which cannot be seen from here.',
    fix: 'Paste the contents of the file in its place.',
  },
  unreadable: {
    step: 'read_request',
    reason: 'request_malformed',
    means: 'This is no curl command, no HTTP request, no JSON and no form.',
    fix: 'Paste what your app sends: a curl command, or the body of the request.',
  },
} as const satisfies Record<string, CauseRow>
