import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failed } from './failed.tsx'

/** What a query brought; until then the place it will take, or why it did not come. */
export function Loaded<Answer>({
  query,
  loading,
  children,
}: {
  query: Pick<UseQueryResult<Answer>, 'data' | 'error' | 'refetch'>
  /** As large as what comes, so that nothing jumps. */
  loading: ReactNode
  children: (answer: Answer) => ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) return <Failed error={query.error} retry={() => void query.refetch()} />
  return loading
}
