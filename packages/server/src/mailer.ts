import { randomUUID } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transporter } from 'nodemailer'
import type { Log, Mail, Mailer } from './deps.ts'
import type { Settings } from './settings.ts'

type MailSettings = Pick<Settings, 'smtp_url' | 'mail_from' | 'data' | 'public_url'>

/** Mails go to the SMTP server of `smtp_url`, or, without one, as `.eml` files into the outbox of the data folder. */
export function createMailer(settings: MailSettings, log: Log): Mailer {
  return settings.smtp_url === '' ? outbox(settings, log) : smtp(settings, log)
}

function smtp(settings: MailSettings, log: Log): Mailer {
  // Loaded with the first mail: many servers never send one.
  const open = async (): Promise<Transporter> => {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      url: settings.smtp_url,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }
  let transport: Promise<Transporter> | undefined
  const from = senderOf(settings)
  return {
    async send(mail) {
      transport ??= open()
      await (await transport).sendMail({ from, ...mail })
      log.info('mail_sent')
    },
  }
}

/** For a laptop: whoever can read the data folder reads the mails, nobody else. */
function outbox(settings: MailSettings, log: Log): Mailer {
  const folder = join(settings.data, 'outbox')
  const from = senderOf(settings)
  return {
    async send(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await chmod(folder, 0o700)
      const at = new Date()
      const file = join(folder, `${at.toISOString().replaceAll(':', '')}-${randomUUID().slice(0, 8)}.eml`)
      await writeFile(file, messageOf(mail, from, at), { mode: 0o600, flag: 'wx' })
      log.info('mail_in_outbox', { file })
    },
  }
}

/** Unencoded, so that links stay whole for whoever opens the file. @source RFC 5322 §2, RFC 6532 (UTF-8) */
const messageOf = (mail: Mail, from: string, at: Date): string =>
  [
    `Date: ${at.toUTCString().replace('GMT', '+0000')}`,
    `From: ${oneLine(from)}`,
    `To: ${oneLine(mail.to)}`,
    `Subject: ${oneLine(mail.subject)}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    mail.text,
  ].join('\r\n')

const oneLine = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ')

/** As set; else the SMTP account when it is an address, since most providers insist on it; else no-reply at our own host. */
function senderOf({ smtp_url, mail_from, public_url }: MailSettings): string {
  if (mail_from !== '') return `Valetkey <${mail_from}>`
  const login = smtp_url === '' ? '' : decodeURIComponent(new URL(smtp_url).username)
  const host = URL.canParse(public_url) ? new URL(public_url).hostname : 'localhost'
  return `Valetkey <${login.includes('@') ? login : `no-reply@${host}`}>`
}
