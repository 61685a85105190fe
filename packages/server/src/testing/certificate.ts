import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** A self-signed certificate for these names, as openssl writes them: `DNS:keys.test`, `IP:127.0.0.1`; both parts in PEM. */
export function selfSigned(...names: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  const holder = ['-subj', '/CN=keys.test', '-addext', `subjectAltName=${names.join()}`, '-days', '2']
  try {
    execFileSync('openssl', ['req', '-x509', ...curve, ...holder, '-nodes', '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
