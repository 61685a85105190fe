import {
  type Argon2id,
  deriveRootKey,
  encodeBase64Url,
  portableArgon2id,
  sealEncryptionAccess,
  shareRootKey,
} from '@valetkey/access-grant'
import { argon2id } from 'hash-wasm'
import type { KeyAnswer, KeyOrder } from './storage-keys.ts'

addEventListener('message', async ({ data }: MessageEvent<KeyOrder>) => {
  postMessage(await sealedKeys(data).catch(() => 'failed' as const))
})

/** From passphrase to sealed keys: the root key is born and forgotten here. */
async function sealedKeys({ passphrase, salt, places, client_id, half }: KeyOrder): Promise<KeyAnswer> {
  const root_key = await deriveRootKey({ passphrase, salt: bytesOf(salt), argon2id: fastArgon2id })
  const shared = shareRootKey(root_key, places)
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  const sealed = sealEncryptionAccess(shared.encryption_access, {
    key: half,
    nonce,
    associated_data: client_id,
  })
  return {
    sealed_encryption_access: encodeBase64Url(sealed),
    encrypted_prefixes: shared.encrypted_prefixes.map(({ encrypted_path_prefix }, at) => ({
      bucket: places[at]?.bucket ?? '',
      encrypted_path_prefix: encodeBase64Url(encrypted_path_prefix),
    })),
  }
}

/** WebAssembly, but for an empty passphrase: that one it does not take. */
const fastArgon2id: Argon2id = async (input) => {
  if (input.password.length === 0) return portableArgon2id(input)
  const { password, salt, time: iterations, memory_kib: memorySize, parallelism, length: hashLength } = input
  return argon2id({ password, salt, iterations, memorySize, parallelism, hashLength, outputType: 'binary' })
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
