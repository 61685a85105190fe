import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { CredentialsAnswer } from '@valetkey/protocol'
import { useState } from 'react'
import { flushSync } from 'react-dom'
import { PageHeader } from '../../ui/page-header.tsx'
import { NewClientForm } from './new-client-form.tsx'
import { SecretOnce } from './secret-once.tsx'

/** A short form, then the secret: it lives in this component alone, and is gone with it. */
export function NewClientPage() {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [stored, setStored] = useState(false)
  const [made, setMade] = useState<CredentialsAnswer & { name: string }>()

  if (made === undefined)
    return (
      <>
        <PageHeader title="Register a client" lead="All of it can be changed later." />
        <NewClientForm
          onMade={(client) => {
            setMade(client)
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
          void navigate({ to: '/clients/$client_id', params: { client_id }, search: { tab: 'quickstart' } })
        }}
      />
    </>
  )
}
