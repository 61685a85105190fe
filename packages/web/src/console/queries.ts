import { QueryClient, queryOptions } from '@tanstack/react-query'
import type { AccountAnswer, ClientAnswer, ClientDetailAnswer, ClientHealthAnswer } from '@valetkey/protocol'
import { call, Refused } from './api.ts'

/** What the server refused once it refuses again; a network that failed may be back. */
export const newQueryClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: { staleTime: 5_000, retry: (failures, error) => failures < 2 && !(error instanceof Refused) },
    },
  })

/** What more than one page reads. Secrets are in no query: the cache outlives the page that shows them. */

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => call<AccountAnswer>('/account'),
  staleTime: 60_000,
})

export const clientsQuery = queryOptions({
  queryKey: ['clients'],
  queryFn: () => call<ClientAnswer[]>('/oauth2/clients'),
})

export const clientPath = (id: string, below = ''): string =>
  `/oauth2/clients/${encodeURIComponent(id)}${below}`

/** By the client's `client_id`, as its address has it. */
export const clientQuery = (client_id: string) =>
  queryOptions({
    queryKey: ['clients', client_id],
    queryFn: () => call<ClientDetailAnswer>(clientPath(client_id)),
  })

export const clientHealthQuery = (client_id: string) =>
  queryOptions({
    queryKey: ['clients', client_id, 'health'],
    queryFn: () => call<ClientHealthAnswer>(clientPath(client_id, '/health')),
  })
