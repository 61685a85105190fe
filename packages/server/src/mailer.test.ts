import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLog } from './log.ts'
import { createMailer } from './mailer.ts'

const mail = { to: 'ada@example.com', subject: 'Choose a new password', text: 'canary-token: é\n' }
let data: string
let lines: string[]
const log = createLog({ write: (line) => void lines.push(line) })

beforeEach(async () => {
  lines = []
  data = await mkdtemp(join(tmpdir(), 'valetkey-mailer-'))
})
afterEach(() => rm(data, { recursive: true }))

test('without an SMTP server a mail is a file that only its owner reads', async () => {
  const outbox = join(data, 'outbox')
  await mkdir(outbox, { mode: 0o755 })
  await createMailer(
    { smtp_url: '', data, public_url: 'https://valetkey.test:8443', mail_from: '' },
    log,
  ).send(mail)
  const [file = ''] = await readdir(outbox)
  expect(file).toMatch(/\.eml$/)
  expect((await stat(outbox)).mode & 0o777).toBe(0o700)
  expect((await stat(join(outbox, file))).mode & 0o777).toBe(0o600)

  const content = await readFile(join(outbox, file), 'utf8')
  const [head = '', text] = content.split('\r\n\r\n')
  expect(head.split('\r\n')).toEqual(
    expect.arrayContaining([
      'From: Valetkey <no-reply@valetkey.test>',
      'To: ada@example.com',
      'Subject: Choose a new password',
      'Content-Type: text/plain; charset=utf-8',
    ]),
  )
  expect(text).toBe(mail.text)
})

test('the log says where the mail is, and nothing of what is in it', async () => {
  await createMailer({ smtp_url: '', data, public_url: 'https://valetkey.test', mail_from: '' }, log).send(
    mail,
  )
  expect(lines.join('')).toContain(join(data, 'outbox'))
  expect(lines.join('')).not.toMatch(/canary|ada@/)
})

test('a line break in a header field starts no header', async () => {
  const mailer = createMailer({ smtp_url: '', data, public_url: 'https://valetkey.test', mail_from: '' }, log)
  await mailer.send({ ...mail, subject: 'Hello\r\nBcc: eve@example.com' })
  const [file = ''] = await readdir(join(data, 'outbox'))
  expect(await readFile(join(data, 'outbox', file), 'utf8')).not.toMatch(/^Bcc:/m)
})

test('with an SMTP server the mail goes there, from its account, and nowhere else', async () => {
  const smtp = await fakeSmtp()
  const mailer = createMailer(
    { smtp_url: `smtp://127.0.0.1:${smtp.port}`, data, public_url: 'https://valetkey.test', mail_from: '' },
    log,
  )
  await mailer.send(mail)
  smtp.close()
  const said = smtp.said()
  expect(said).toContain('MAIL FROM:<no-reply@valetkey.test>')
  expect(said).toContain('RCPT TO:<ada@example.com>')
  expect(said).toContain('Subject: Choose a new password')
  expect(await readdir(data)).toEqual([])
  expect(lines.join('')).not.toMatch(/canary|ada@/)
})

test('the sender is the one that was set', async () => {
  const mailer = createMailer(
    { smtp_url: '', data, public_url: 'https://valetkey.test', mail_from: 'hello@keys.example' },
    log,
  )
  await mailer.send(mail)
  const [file = ''] = await readdir(join(data, 'outbox'))
  expect(await readFile(join(data, 'outbox', file), 'utf8')).toContain('From: Valetkey <hello@keys.example>')
})

test('an SMTP server that is away makes the sending fail, so that the caller can log it', async () => {
  const smtp = await fakeSmtp()
  smtp.close()
  const mailer = createMailer(
    { smtp_url: `smtp://127.0.0.1:${smtp.port}`, data, public_url: 'https://valetkey.test', mail_from: '' },
    log,
  )
  await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'ESOCKET' })
})

/** Says yes to everything and remembers what it heard. @source RFC 5321 §4.1 */
async function fakeSmtp() {
  let heard = ''
  const server = createServer((socket: Socket) => {
    let inData = false
    socket.write('220 fake\r\n')
    socket.on('data', (chunk) => {
      heard += chunk.toString()
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) {
        if (inData && line !== '.') continue
        if (line === 'DATA') socket.write('354 go on\r\n')
        else if (line === 'QUIT') socket.end('221 bye\r\n')
        else socket.write('250 fine\r\n')
        inData = line === 'DATA'
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, said: () => heard, close: () => server.close() }
}
