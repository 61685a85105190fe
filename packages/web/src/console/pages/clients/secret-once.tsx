import { Button, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { ShownOnce } from '../shown-once.tsx'
import { type Credentials, dotenvName, dotenvOf } from './dotenv.ts'

/** To copy, or to keep as a file. */
export function SecretOnce({
  credentials,
  children,
  ...once
}: {
  credentials: Credentials
  onStored: () => void
  stored?: boolean
  /** What else is to be known of it. */
  children?: ReactNode
}) {
  const { client_id, client_secret } = credentials
  const values = [
    { label: 'Client ID', name: 'client ID', value: client_id },
    { label: 'Client secret', name: 'client secret', value: client_secret },
  ]
  const file = (
    <Button variant="default" onClick={() => download(dotenvName, dotenvOf(credentials))}>
      Download .env
    </Button>
  )
  return (
    <ShownOnce title="Store the client secret now" values={values} besides={file} {...once}>
      <Text size="sm">
        This server cannot show it again. Keep it where your app finds it, such as its environment or a secret
        manager, and never in its source code.
      </Text>
      {children}
    </ShownOnce>
  )
}

/** A file of the browser's own making: nothing is asked of the server. */
function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
