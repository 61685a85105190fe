import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { flushSync } from 'react-dom'
import { PageHeader } from '../../ui/page-header.tsx'
import type { Credentials } from './dotenv.ts'
import { NewClientForm } from './new-client-form.tsx'
import { SecretOnce } from './secret-once.tsx'

/** A short form, then the secret, if there is one: it lives in this component alone, and is gone with it. */
export function NewClientPage() {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [stored, setStored] = useState(false)
  const lookAt = (client_id: string) =>
    void navigate({ to: '/clients/$client_id', params: { client_id }, search: { tab: 'quickstart' } })
  const [made, setMade] = useState<Credentials & { name: string }>()

  if (made === undefined)
    return (
      <>
        <PageHeader
          title="Register a client"
          lead="All of it can be changed later, but for the kind of app."
        />
        <NewClientForm
          onMade={({ client_secret, ...client }) => {
            if (client_secret === undefined) lookAt(client.client_id)
            else setMade({ ...client, client_secret })
            void queries.invalidateQueries({ queryKey: ['clients'] })
          }}
        />
      </>
    )

  const { client_id, name } = made
  return (
    <>
      <PageHeader title={`${name} is registered`} />
      <SecretOnce
        credentials={made}
        stored={stored}
        onStored={() => {
          // The guard of the secret must be gone before the page is left.
          flushSync(() => setStored(true))
          lookAt(client_id)
        }}
      />
    </>
  )
}
