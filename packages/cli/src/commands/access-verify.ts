import {
  type AccessGrant,
  type Action,
  allowedBuckets,
  checkApiKey,
  EncryptionStore,
  encryptPath,
  keyVersion,
  type Operation,
  operations,
  timestampFromSeconds,
} from '@valetkey/access-grant'
import { type Command, Option } from 'commander'
import { accessGrantArgument, accessGrantOf } from '../access-grant-argument.ts'
import { AnsweredNo, UsageError } from '../errors.ts'
import { apiKeySecretOption, examples, jsonOption, orInputLine, time } from '../options.ts'
import { type Cli, printJson } from '../terminal.ts'

interface Options {
  readonly action: Operation
  readonly bucket: string
  readonly path: string
  readonly at?: number
  readonly apiKeySecret?: string
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Ask whether an access grant allows one action, offline. Whether it was revoked, only the storage network knows.',
    )
    .addArgument(accessGrantArgument())
    .addOption(
      new Option('--action <action>', 'what to do').choices(Object.keys(operations)).makeOptionMandatory(),
    )
    .option('--bucket <bucket>', 'where', '')
    .option('--path <path>', 'the object, or the prefix to list; empty for the bucket itself', '')
    .option('--at <time>', 'when, instead of now', time)
    .addOption(apiKeySecretOption())
    .addOption(jsonOption())
    .action((accessGrant: string, options: Options) => verify(cli, accessGrant, options))
  examples(
    command,
    'valetkey access verify - --action read --bucket photos --path 2026/cat.jpg < access-grant.txt',
    'valetkey access verify "$ACCESS_GRANT" --action list --bucket photos --path 2026/ --at 2026-12-31T23:59:59Z',
  )
}

async function verify(cli: Cli, given: string, options: Options): Promise<void> {
  const accessGrant = await accessGrantOf(cli, given)
  const secret = await orInputLine(cli, options.apiKeySecret, {
    flag: '--api-key-secret',
    what: 'Secret of the root API key',
  })
  const verdict = verdictOn(accessGrant, {
    ...options,
    at: options.at ?? cli.now(),
    secret: secret === undefined ? undefined : keyOf(secret),
  })
  if (options.json) printJson(cli, verdict)
  else say(cli, verdict)
  if (!verdict.allowed) throw new AnsweredNo()
}

interface Verdict {
  readonly allowed: boolean
  readonly reason: string
  readonly explanation: string
  readonly signature: 'verified' | 'wrong' | 'not_checked'
}

type Question = Pick<Options, 'action' | 'bucket' | 'path'> & { at: number; secret: Uint8Array | undefined }

function verdictOn(accessGrant: AccessGrant, question: Question): Verdict {
  const { api_key, encryption_access } = accessGrant
  const { action: op, bucket, path, secret, at } = question
  const store = new EncryptionStore(encryption_access)
  const covered = path === '' || store.lookupUnencrypted(bucket, path).base !== undefined
  if (!covered)
    return {
      allowed: false,
      reason: 'no_key',
      explanation: 'it holds no encryption key for this path',
      signature: 'not_checked',
    }
  // A prefix is listed by the path of its parent, without the slash at its end.
  const encrypted_path = encryptPath(store, bucket, op === 'list' ? path.replace(/\/$/, '') : path)
  const action: Action = { op, bucket, encrypted_path, time: timestampFromSeconds(at) }
  if (secret === undefined) {
    const seen = allowedBuckets(api_key, action)
    return 'allowed' in seen
      ? { allowed: false, reason: seen.reason, explanation: seen.explanation, signature: 'not_checked' }
      : { allowed: true, reason: 'allowed', explanation: 'every caveat allows it', signature: 'not_checked' }
  }
  const decision = checkApiKey({
    api_key,
    secret,
    version: keyVersion.object_lock | keyVersion.eventing,
    action,
  })
  return decision.allowed
    ? {
        allowed: true,
        reason: 'allowed',
        explanation: 'signature and every caveat allow it',
        signature: 'verified',
      }
    : {
        allowed: false,
        reason: decision.reason,
        explanation: decision.explanation,
        signature: decision.reason === 'invalid' ? 'wrong' : 'verified',
      }
}

function say({ out }: Cli, { allowed, explanation, signature }: Verdict): void {
  out.line(`${allowed ? out.paint('green', '✓ allowed') : out.paint('red', '✗ not allowed')}: ${explanation}`)
  if (signature === 'not_checked')
    out.line(
      out.paint(
        'dim',
        '– The signature was not checked: only the secret of the root API key can tell whether it is genuine.',
      ),
    )
}

function keyOf(secret: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(secret)) throw new UsageError('--api-key-secret has 64 hex digits')
  return Buffer.from(secret, 'hex')
}
