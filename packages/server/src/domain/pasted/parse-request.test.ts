import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { misnamedParameters, tokenParameters } from './parameter-names.ts'
import { looksLikeForm, looksLikeJson, parseRequest } from './parse-request.ts'

const url = 'https://valetkey.test/api/v0/oauth2/token'
const four = {
  client_id: 'app-1',
  client_secret: 'e30.e30.c2ln',
  redirect_uri: 'https://app.test/cb?a=1',
  code: 'c0de',
}
const json = JSON.stringify(four)
const form = new URLSearchParams(four).toString()
const asJson = "-H 'Content-Type: application/json'"

const codes = (text: string) => parseRequest(text).problems.map(({ code }) => code)
const problems = (text: string) => parseRequest(text).problems.map(({ code, parameter }) => [code, parameter])

describe('a good request is read in every way it is pasted, and has no problem', () => {
  test.each([
    ['json', json],
    ['json', `\n  ${JSON.stringify(four, null, 2)}\r\n`],
    ['curl', `curl ${url} ${asJson} -d '${json}'`],
    [
      'curl',
      `curl -sS -X POST ${url} -H'Content-Type:application/json;charset=UTF-8' --data-raw '${json}' | jq .`,
    ],
    ['curl', `curl -XPOST \\\n  --url ${url} \\  \n  ${asJson} \\\n  --data-binary ${JSON.stringify(json)}`],
    ['curl', `curl ${url}\n  --json '${json}'`],
    ['curl', `curl --json '${json.slice(0, 20)}' --json '${json.slice(20)}' ${url}`],
    [
      'curl',
      `curl ${url} --json $'${json.replaceAll('"', '\\u0022').replaceAll('a', '\\x61').replaceAll('c', '\\143')}'`,
    ],
    ['curl', `curl -k -o out.json --max-time 5 ${url} --json '${json}' 2>/dev/null > out.txt`],
    ['curl', `# get the token\n$ cd /tmp && HTTPS_PROXY=x /usr/bin/curl ${url} --json '${json}'`],
    ['curl', `curl.exe ^\n -X POST ${url} ^\n --json ${JSON.stringify(json)}`],
    [
      'curl',
      `curl --location ^"${url}^" ^\n  --header ^"Content-Type: application/json^" ^\n  --data ^"${json.replaceAll('"', '\\^"')}^"`,
    ],
    ['curl', `curl.exe ${url} \`\n --json '${json}'`],
    [
      'http',
      `POST /api/v0/oauth2/token HTTP/1.1\r\nHost: valetkey.test\r\ncontent-type: application/json\r\n\r\n${json}`,
    ],
    ['http', `POST ${url}\nContent-Type: application/json\n${json}`],
  ])('as %s: %s', (as, text) => {
    expect(parseRequest(text)).toMatchObject({ form: as, parameters: four, problems: [] })
  })
})

test('what curl implies is filled in: the method, the address, the content type', () => {
  expect(parseRequest(`curl ${url} -d '${form}'`)).toMatchObject({
    method: 'POST',
    url,
    content_type: 'application/x-www-form-urlencoded',
    authorization: null,
    parameters: four,
  })
  expect(parseRequest(`curl ${url}`)).toMatchObject({ method: 'GET', content_type: null, parameters: {} })
})

test.each([
  [`curl -H 'Authorization: Bearer abc' ${url}`, 'bearer'],
  [`curl --user app:secret ${url}`, 'basic'],
  [`curl --oauth2-bearer abc ${url}`, 'bearer'],
  [`POST /token HTTP/1.1\nAuthorization: basic YTpi\n\n${json}`, 'basic'],
  [`curl -H 'Authorization: Digest abc' ${url}`, null],
])('the scheme of the Authorization header is noted: %s', (text, scheme) => {
  expect(parseRequest(text).authorization).toBe(scheme)
})

describe('what is wrong with the HTTP request', () => {
  test.each<[string, string, string[]]>([
    ['JSON that curl -d sends as a form', `curl ${url} -d '${json}'`, ['json_body_declared_form']],
    ['a form under the name of JSON', `curl ${url} ${asJson} -d '${form}'`, ['form_body_declared_json']],
    ['a form from curl', `curl ${url} -d '${form}'`, ['form_body']],
    ['a form alone', form, ['form_body']],
    ['a form in pieces', `curl ${url} -d client_id=a --data-urlencode 'code=b c' -d x=y`, ['form_body']],
    [
      'a form over HTTP',
      `POST /t HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n\n${form}`,
      ['form_body'],
    ],
    ['no content type', `POST /t HTTP/1.1\nHost: x\n\n${json}`, ['content_type_missing']],
    ['a content type taken away', `curl ${url} -H 'Content-Type:' -d '${json}'`, ['content_type_missing']],
    [
      'another content type',
      `curl ${url} -H 'Content-Type: text/plain' -d '${json}'`,
      ['content_type_other'],
    ],
    [
      'another charset',
      `curl ${url} ${asJson.slice(0, -1)}; charset=latin1' -d '${json}'`,
      ['content_type_other'],
    ],
    ['a multipart form', `curl ${url} -F client_id=a -F 'code=b;type=text/plain'`, ['content_type_other']],
    ['PUT', `curl -X PUT ${url} --json '${json}'`, ['method_not_post']],
    ['post in lower case', `curl -X post ${url} --json '${json}'`, ['method_not_post']],
    ['no body', `curl -I ${url}`, ['method_not_post']],
    ['a body in a file', `curl ${url} --json @body.json`, ['file_not_read']],
    ['a body in a file, as a form', `curl ${url} -d @body.json`, ['content_type_other', 'file_not_read']],
    ['a body in a variable', `curl ${url} --json "$BODY"`, ['shell_variable_unexpanded']],
    [
      'a body made by a program',
      `curl ${url} ${asJson} -d "$(jq -n --arg code "$CODE" '{code: $code}')"`,
      ['shell_variable_unexpanded'],
    ],
    ['JSON that is no object', `curl ${url} ${asJson} -d 'hello'`, ['json_broken']],
    ['anything else', 'why does my token request not work?', ['unreadable']],
    ['nothing', ' \n ', ['unreadable']],
  ])('%s', (_what, text, expected) => {
    expect(codes(text)).toEqual(expected)
  })

  test('parameters in the address are named, and looked at all the same', () => {
    const asked = parseRequest(`curl -G ${url} -d client_id=a -d code=b`)
    expect(asked.parameters).toEqual({ client_id: 'a', code: 'b' })
    expect(problems(`curl -G ${url} -d client_id=a -d code=b`)).toEqual([
      ['method_not_post', undefined],
      ['parameters_in_address', 'client_id'],
      ['parameters_in_address', 'code'],
    ])
    expect(problems(`curl '${url}?tenant=1#code=x' --json '${json}'`)).toEqual([
      ['parameters_in_address', undefined],
    ])
    expect(parseRequest(`curl '${url}?code=other' --json '${json}'`).parameters).toEqual(four)
  })
})

describe('what is wrong with the parameters', () => {
  test.each<[string, [string, string | undefined][]]>([
    [
      '{"client_id": 17, "code": {"a": ["}"]}, "passphrase": null}',
      [
        ['value_not_text', 'client_id'],
        ['value_not_text', 'code'],
        ['value_not_text', 'passphrase'],
      ],
    ],
    ['{"code": "a", "code": "b"}', [['parameter_twice', 'code']]],
    [
      '{"clientId": "a", "redirect_url": "b", "Client-Secret": "c", "redirct_uri": "d"}',
      [
        ['parameter_misnamed', 'client_id'],
        ['parameter_misnamed', 'redirect_uri'],
        ['parameter_misnamed', 'client_secret'],
      ],
    ],
    ['{"client_id": "a", "clientId": "a"}', []],
    [
      `{"code": "$CODE", "client_id": "\${CLIENT_ID:-x}", "client_secret": "<jwt>", "redirectUri": "$(cat uri)"}`,
      [
        ['parameter_misnamed', 'redirect_uri'],
        ['shell_variable_unexpanded', 'code'],
        ['shell_variable_unexpanded', 'client_id'],
        ['shell_variable_unexpanded', 'client_secret'],
        ['shell_variable_unexpanded', 'redirect_uri'],
      ],
    ],
    [
      '{"code": "{{code}}", "client_id": "YOUR_CLIENT_ID", "client_secret": "..."}',
      [
        ['shell_variable_unexpanded', 'code'],
        ['shell_variable_unexpanded', 'client_id'],
        ['shell_variable_unexpanded', 'client_secret'],
      ],
    ],
    ['{"client_secret": "$2b$10$abcdefghijklmnopqrstuv", "state": "$STATE"}', []],
  ])('%s', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  test('of two values the last is taken, as a server does', () => {
    expect(parseRequest('{"code": "a", "code": "b"}').parameters).toEqual({ code: 'b' })
    expect(parseRequest('{"__proto__": "a", "code": "b"}').parameters.code).toBe('b')
  })

  test('a form is decoded once: percent signs and plus signs', () => {
    expect(parseRequest('code=a%2Bb+c%253D&passphrase=').parameters).toEqual({
      code: 'a+b c%3D',
      passphrase: '',
    })
  })

  test('a variable stays a variable, whatever quotes it stands in', () => {
    for (const body of [`"{\\"code\\":\\"$CODE\\"}"`, `'{"code":"'"$CODE"'"}'`, `'{"code":"$CODE"}'`]) {
      expect(problems(`curl ${url} --json ${body}`)).toEqual([['shell_variable_unexpanded', 'code']])
    }
    expect(problems(`curl ${url} -d code=$(cat "my code.txt") -d client_id=\`id a\``)).toEqual([
      ['form_body', undefined],
      ['shell_variable_unexpanded', 'code'],
      ['shell_variable_unexpanded', 'client_id'],
    ])
  })

  test('a field that stands in a file is named', () => {
    expect(problems(`curl ${url} -F client_id=a -F code=@code.txt`)).toEqual([
      ['content_type_other', undefined],
      ['file_not_read', 'code'],
    ])
  })
})

describe('broken JSON is told by what breaks it and where, and read as it was meant', () => {
  test.each<[string, string, number, number]>([
    ["{'client_id': 'a', 'code': 'b'}", 'single_quotes', 1, 2],
    ['{“client_id”: “a”, "code": "b"}', 'curly_quotes', 1, 2],
    ['{client_id: "a", "code": "b"}', 'quotes_missing', 1, 2],
    ['{"client_id": a,\n "code": "b"}', 'quotes_missing', 1, 15],
    ['{"client_id": "a",\n "code": "b",\n}', 'trailing_comma', 2, 13],
    ['{"client_id": "a"\n "code": "b"}', 'comma_missing', 2, 2],
    ['{"client_id" "a", "code": "b"}', 'colon_missing', 1, 14],
    ['{"client_id": "a", // mine\n "code": "b"}', 'comment', 1, 20],
    ['{"code": "b", "client_id": "a"', 'unfinished', 1, 31],
    ['{"code": "b", "client_id": "a', 'unfinished', 1, 28],
    ['{"code": "b", "client_id": "a"};', 'text_after_end', 1, 32],
    ['{"code": "b", "client_id": "a", "x": "1\n2"}', 'line_break_in_text', 1, 40],
    ['{"code": "b", "client_id": "\\a"}', 'other', 1, 29],
    ['{"code": "b",\u00a0"client_id": "a"}', 'other', 1, 14],
    [`'{"code": "b", "client_id": "a"}'`, 'quotes_around', 1, 1],
    [JSON.stringify('{"code": "b", "client_id": "a"}'), 'encoded_twice', 1, 1],
  ])('%s', (text, mistake, line, column) => {
    const { parameters, problems } = parseRequest(text)
    expect(problems).toEqual([{ code: 'json_broken', fault: { mistake, line, column } }])
    expect(parameters).toMatchObject({ client_id: 'a', code: 'b' })
  })

  test('quotes eaten by the shell', () => {
    const { parameters, problems } = parseRequest(
      `curl ${url} --json "{"code":"b","redirect_uri":"https://a.test/cb"}"`,
    )
    expect(problems).toEqual([
      { code: 'json_broken', fault: { mistake: 'quotes_missing', line: 1, column: 2 } },
    ])
    expect(parameters).toEqual({ code: 'b', redirect_uri: 'https://a.test/cb' })
  })

  test('an array of parameters is no object', () => {
    expect(parseRequest('["code"]').problems).toMatchObject([
      { code: 'json_broken', fault: { mistake: 'not_an_object' } },
    ])
  })
})

test.each([
  ['clientId', 'client_id'],
  ['CLIENT_ID', 'client_id'],
  ['client-id', 'client_id'],
  ['ClientSecret', 'client_secret'],
  ['client_secert', 'client_secret'],
  ['redirectUri', 'redirect_uri'],
  ['callback_url', 'redirect_uri'],
  ['codeVerifier', 'code_verifier'],
  ['authorization_code', 'code'],
  ['passphrse', 'passphrase'],
  ['grantType', 'grant_type'],
])('%s is meant as %s', (sent_as, meant) => {
  expect(misnamedParameters(['state', sent_as])).toEqual([{ sent_as, meant }])
})

test.each(['state', 'scope', 'mode', 'client', 'constructor', '__proto__', 'client_id\n', 'c'.repeat(50)])(
  '%j is no known name misspelt',
  (name) => {
    expect(misnamedParameters([name])).toEqual([])
  },
)

test.each([
  ['{"a"', true, false],
  [" '{a", true, false],
  ['a=b', false, true],
  ['client_id=a&code=b%20c\n', false, true],
  ['a b=c', false, false],
  ['=b', false, false],
  ['a=b\nc=d', false, false],
  ['', false, false],
  ['e30.e30.c2ln', false, false],
])('%j: like JSON %s, like a form %s', (text, likeJson, likeForm) => {
  expect([looksLikeJson(text), looksLikeForm(text)]).toEqual([likeJson, likeForm])
})

describe('whatever is pasted', () => {
  const scraps = fc.constantFrom(
    ...'curl|-d|-H|--json|-F|-G|{|}|[|]|"|\'|\\|\n|\r|$|$\'|${|$(|)|`|^|^"|=|&|%|%F|+|@|:|,|//|/*|<|>|?|#| |POST|HTTP/1.1|https://a/|code|client_id|__proto__|\\u|\\x|\ud800|“'.split(
      '|',
    ),
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(scraps, { maxLength: 60 }).map((found) => found.join('')),
    fc.array(scraps, { maxLength: 60 }).map((found) => `curl ${found.join(' ')}`),
    fc.tuple(fc.nat(json.length), scraps).map(([at, scrap]) => json.slice(0, at) + scrap + json.slice(at)),
  )

  test('it is read without throwing, and the problems hold nothing of it', () => {
    fc.assert(
      fc.property(text, (pasted) => {
        const { problems, parameters } = parseRequest(pasted)
        for (const value of Object.values(parameters)) expect(value).toBeTypeOf('string')
        for (const { code, parameter, fault, ...rest } of problems) {
          expect(rest).toEqual({})
          expect(code).toMatch(/^[a-z_]+$/)
          expect([undefined, ...tokenParameters]).toContain(parameter)
          if (fault === undefined) continue
          expect(fault).toEqual({
            mistake: expect.stringMatching(/^[a-z_]+$/),
            line: expect.any(Number),
            column: expect.any(Number),
          })
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('valid JSON is never called broken, invalid JSON always', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.nat(),
        scraps,
        (object, at, scrap) => {
          const good = JSON.stringify(object)
          expect(codes(good)).not.toContain('json_broken')
          const cut = good.slice(0, at % good.length) + scrap + good.slice(at % good.length)
          if (looksLikeJson(cut)) expect(codes(cut).includes('json_broken')).toBe(!isJson(cut))
        },
      ),
    )
  })

  test.each([
    ...[
      ' ',
      '\n',
      '\t',
      '"',
      "'",
      '\\',
      '$',
      '$(',
      '${',
      "$'",
      '`',
      '^',
      '^\n',
      '{',
      '[',
      '{"a":',
      '{"a":"b",',
      '//',
      '/*',
    ],
    ...[
      'a=b&',
      'a',
      '-d ',
      '-d a=$(',
      '-H a: ',
      '-F a=;type',
      '<',
      '<a>',
      '=',
      '%',
      '\\\n',
      '\\ ',
      '\n-',
      '#',
      '\\x4',
      '“',
      ', ',
    ],
  ])('however much of %j there is, it takes no longer than it must, and the problems stay few', (scrap) => {
    const long = scrap.repeat(200_000 / scrap.length)
    // Were any part quadratic, one of these would outlast the patience of the test many times over.
    for (const begin of [
      '',
      'curl ',
      'curl -d "',
      "curl -d $'",
      'curl --json {"a":',
      '{',
      '{"a":"',
      '{"code":',
      'a=',
      'POST / HTTP/1.1\n',
    ]) {
      expect(parseRequest(begin + long).problems.length).toBeLessThan(100)
    }
  })
})

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
