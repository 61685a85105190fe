import Fastify, { type FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { causes } from '../domain/explain/causes.ts'
import { createLog } from '../log.ts'
import { pageOf, type Reason, refusals, sharedPages } from '../refusals.ts'
import { testApp } from '../testing/test-deps.ts'
import type { Finding } from './error-page-body.ts'
import { errorPages } from './error-pages.ts'

let app: FastifyInstance
beforeAll(async () => {
  ;({ app } = await testApp())
})
afterAll(() => app.close())

const get = async (url: string, server = app) => server.inject({ method: 'GET', url })
const read = async (name: string, server = app) => (await get(`/errors/${name}`, server)).body
const times = (text: string, part: string) => text.split(part).length - 1
const reasons = Object.keys(refusals) as Reason[]
const pages = [...new Set(reasons.map(pageOf))]
const errors = [...new Set(reasons.map((reason) => refusals[reason].error))]
const names = [...new Set([...pages, ...reasons, ...errors])]

test.each(['', ...names.map((name) => `/${name}`)])(
  '/errors%s is a page that runs nothing, with links that lead somewhere',
  async (path) => {
    const { statusCode, headers, body } = await get(`/errors${path}`)
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(body).not.toMatch(/<script|<style|\bstyle=|\son\w+=|>undefined|undefined<|\[object/)
    for (const [, src] of body.matchAll(/\bsrc="([^"]*)"/g)) expect(src).toBe('/favicon.svg')
    for (const [, href = ''] of body.matchAll(/href="([^"]*)"/g)) {
      const [address = '', anchor] = href.split('#')
      const there = await get(address || `/errors${path}`)
      // The console asks whoever is nobody to sign in first.
      expect(there.statusCode).toBe(address.startsWith('/console') ? 303 : 200)
      if (anchor !== undefined) expect(there.body).toContain(`id="${anchor}"`)
    }
  },
)

describe('whoever may ask', () => {
  const traced = reasons.filter((reason) => 'step' in refusals[reason])
  test.each([...new Set([...traced, ...traced.map(pageOf)]), 'invalid_client', 'invalid_code'])(
    '%s tells how before anything else, with the address of this server',
    async (name) => {
      const body = await read(name)
      const words = body.replaceAll(/<[^>]*>/g, '')
      expect(words).toContain('npx valetkey login --url https://valetkey.test')
      expect(words).toContain('npx valetkey explain {trace_id}')
      expect(body).toContain('<a href="/console/token-requests">Open it in the console</a>')
      const [, ...after] = body.split('<aside>')
      expect(after).toHaveLength(1)
      expect(body.indexOf('<h1>')).toBeLessThan(body.indexOf('<aside>'))
      for (const later of ['class="fix"', '<details', '<section', '<li>'])
        expect(body.split('<aside>')[0]).not.toContain(later)
    },
  )

  test('is not told to where nothing can be asked', async () => {
    expect(await read('name_unfit')).not.toContain('valetkey explain')
  })
})

test('the sentence leads, and the name that programs use is small below it', async () => {
  const { explanation, error } = refusals.jwt_malformed
  const body = await read('jwt_malformed')
  const words = body.replaceAll('<wbr>', '')
  expect(words).toContain(`<h1>${explanation}</h1>\n<p class="soft"><code>jwt_malformed</code>`)
  expect(words).toMatch(new RegExp(`<code>401 ${error}</code> · step 1 of \\d+: parse the JWT</p>`))
})

test('the answer comes last, folded', async () => {
  const body = await read('jwt_malformed')
  const last = body.slice(body.lastIndexOf('<details'))
  expect(last).toContain('<details><summary>What the answer looks like</summary>')
  expect(last.replaceAll(/<[^>]*>/g, '')).toContain('HTTP/1.1 401 Unauthorized')
  expect(last).toContain('https://valetkey.test/errors/jwt_malformed')
})

test('an error leads to every page that it may mean', async () => {
  const body = await read('invalid_client')
  for (const page of ['jwt_malformed', 'claims_invalid', 'client_authentication_failed'])
    expect(body).toContain(`href="/errors/${page}"`)
  expect(body).not.toContain('href="/errors/code_invalid"')
})

test('an error that means one page is that page', async () => {
  expect(await read('client_secret_expired')).toContain(`<h1>${refusals.assertion_expired.explanation}</h1>`)
})

test('a reason that shares its page has one of its own, which leads to what gets the same answer', async () => {
  const body = await read('signature_wrong')
  expect(body).toContain(`<h1>${refusals.signature_wrong.explanation}</h1>`)
  expect(body).toContain('href="/errors/client_authentication_failed"')
  expect(body).not.toContain(refusals.profile_disabled.explanation)
})

test('a name that is an error and a reason leads to both', async () => {
  const body = await read('client_inactive')
  expect(body).toContain('href="/errors/client_inactive_at_request"')
  expect(body).toContain('href="/errors/client_authentication_failed#client_inactive"')
})

test('an error that is the name of a page means that page alone', () => {
  for (const error of errors.filter((name) => pages.includes(name)))
    expect(reasons.filter((reason) => refusals[reason].error === error).map(pageOf)).toEqual([error])
})

test('the index leads to every page, with the error beside it, and begins with the token request', async () => {
  const { body } = await get('/errors')
  for (const page of pages) expect(body).toContain(`href="/errors/${page}"`)
  for (const error of errors)
    expect(body.replaceAll('<wbr>', '')).toContain(`<div><code>${error}</code></div>`)
  const titles = [...body.matchAll(/<h2 id="([\w-]+)">([^<]*)/g)]
  expect(titles[0]?.[2]).toBe('The token request: client authentication')
  for (const [, anchor] of titles) expect(body).toContain(`href="#${anchor}"`)
})

test.each(Object.keys(sharedPages))('%s lists every cause that its answer may have', async (name) => {
  const listed = [...(await read(name)).matchAll(/<section id="(\w+)">/g)].map(([, reason]) => reason)
  expect(listed).toEqual(reasons.filter((reason) => pageOf(reason) === name))
})

describe('nothing', () => {
  const unknown = ['nothing', '__proto__', 'constructor', '%3Cscript%3E', 'a'.repeat(200)]
  test.each(unknown)('/errors/%s leads nowhere', async (name) => {
    const { statusCode, body } = await get(`/errors/${name}`)
    expect([statusCode, JSON.parse(body).error]).toEqual([404, 'not_found'])
    expect(body).not.toContain('<script')
  })

  test('is a page for a browser, which does not repeat what was asked', async () => {
    const accept = 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'
    const { statusCode, headers, body } = await app.inject({ url: '/errors/nope', headers: { accept } })
    expect([statusCode, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(body).toContain('<a href="/errors">')
    expect(body).not.toContain('nope')
  })
})

describe('findings', () => {
  const aFinding = (cause: string, changed: Partial<Finding> = {}): Finding => ({
    cause,
    means: `It has ${cause}.`,
    fix: `Mend ${cause}.`,
    ...changed,
  })
  const withFindings = async (findings: readonly Finding[]) => {
    const server = Fastify()
    server.setValidatorCompiler(validatorCompiler)
    server.setSerializerCompiler(serializerCompiler)
    const behind: readonly Reason[] = ['jwt_malformed', 'signature_wrong']
    await server.register(errorPages, {
      log: createLog({ write: () => undefined }),
      assets: undefined,
      public_url: 'https://x.example',
      findingsFor: (reason) => (behind.includes(reason) ? findings : []),
    })
    return server
  }
  const table = (body: string) =>
    /<table>.*?<\/table>/s.exec(body)?.[0].replaceAll(/<wbr>|<\/?span>/g, '') ?? ''

  test('stand on the page of their reason and on the one it shares, escaped, with what is to be filled in marked', async () => {
    const server = await withFindings([
      aFinding('a', { means: 'It has <b>.', fix: 'Take "it" & go.', snippet: "x='{client_id}'" }),
    ])
    for (const page of ['jwt_malformed', 'signature_wrong', 'client_authentication_failed']) {
      const body = await read(page, server)
      expect(times(body, '<table>')).toBe(1)
      expect(table(body)).toContain('It has &#60;b&#62;.')
      expect(table(body)).toContain('Take &#34;it&#34; &#38; go.')
      expect(table(body)).toContain('<pre>x=&#39;<var>{client_id}</var>&#39;</pre>')
    }
    expect(await read('claims_invalid', server)).not.toContain('<table>')
  })

  test.each([
    [3, '<details open>'],
    [4, '<details>'],
  ])('%i of them begin as %s', async (count, begin) => {
    const findings = Array.from({ length: count }, (_, at) => aFinding(`cause${at}`))
    const body = await read('signature_wrong', await withFindings(findings))
    expect(body).toContain(`${begin}<summary>${count} ways`)
  })

  test('with the same fix stand together, and say it once', async () => {
    const findings = [aFinding('a', { fix: 'Mend.' }), aFinding('b'), aFinding('c', { fix: 'Mend.' })]
    const text = table(await read('signature_wrong', await withFindings(findings)))
    expect(times(text, '<p class="fix">Mend.</p>')).toBe(1)
    expect(text.indexOf('It has c.')).toBeLessThan(text.indexOf('It has b.'))
  })

  test('with the same snippet show it once, and not at all where the page has it', async () => {
    const { snippet } = refusals.jwt_malformed
    const findings = [
      aFinding('a', { snippet: 'trim()' }),
      aFinding('b', { snippet: 'trim()' }),
      aFinding('c', { snippet }),
    ]
    const text = table(await read('jwt_malformed', await withFindings(findings)))
    expect(times(text, '<pre>')).toBe(1)
    expect(text).toContain('<pre>trim()</pre>')
  })

  test('whose fixes all begin as one of them does show what they add', async () => {
    const findings = [aFinding('a', { fix: 'Send it.' }), aFinding('b', { fix: 'Send it. Mind the proxy.' })]
    const text = table(await read('signature_wrong', await withFindings(findings)))
    expect([...text.matchAll(/class="fix">([^<]*)/g)].map(([, fix]) => fix)).toEqual([
      'Send it.',
      'Mind the proxy.',
    ])
  })

  test('that repeat their reason, or that no server finds, are left out', async () => {
    const { explanation, fix } = refusals.signature_wrong
    const offline = ['secret_given_differs', 'secret_given_with_whitespace', 'secret_given_with_quotes']
    const findings = [
      aFinding('signature_wrong'),
      aFinding('a', { means: explanation }),
      aFinding('b', { fix }),
      ...offline.map((cause) => aFinding(cause)),
      aFinding('c'),
    ]
    const body = await read('signature_wrong', await withFindings(findings))
    expect(body).toContain('One way this happens')
    expect(table(body)).toContain('It has c.')
    for (const cause of offline) expect(Object.keys(causes)).toContain(cause)
  })

  test('of this server have commands that run as they stand: found by npx, with its address', async () => {
    for (const name of names) {
      for (const [, pre = ''] of (await read(name)).matchAll(/<pre>(.*?)<\/pre>/gs)) {
        const line = pre.replaceAll(/<[^>]*>/g, '')
        expect(line).not.toMatch(/^valetkey |\{url\}/m)
      }
    }
    expect((await read('claims_invalid')).replaceAll(/<[^>]*>/g, '')).toContain(
      'npx valetkey doctor --url https://valetkey.test',
    )
  })

  test('with several commands show each in a box of its own, and one that goes on in the next line whole', async () => {
    const findings = [aFinding('a', { snippet: 'curl \\\n  -X POST\nvaletkey doctor' })]
    const text = table(await read('signature_wrong', await withFindings(findings)))
    expect(text).toContain('<pre>curl \\\n  -X POST</pre><pre>npx valetkey doctor</pre>')
  })

  test('break a command between its words alone', async () => {
    expect(await read('signature_wrong')).toContain(
      '<span>--client-id</span> <span><var>{client_id}</var></span>',
    )
  })
})
