import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import type { ExplainedTokenRequestAnswer, TokenRequestListAnswer } from '@valetkey/protocol'
import { useEffect, useReducer } from 'react'
import { call } from '../../api.ts'
import { type Filters, isMeant, queryOf } from './filters.ts'
import { mostLive, nothingLive, withChange, withLive } from './live-list.ts'
import { useTail } from './use-tail.ts'

/** Where one token request is kept once it is known; it never changes. */
export const tokenRequestKey = (trace_id: string) => ['token-request', trace_id] as const

const listKey = ['token-requests'] as const

/** The list page by page, newest first, and what comes meanwhile on top of it. */
export function useTokenRequests(filters: Filters) {
  const queries = useQueryClient()
  const [live, change] = useReducer(withChange, nothingLive)
  const list = useInfiniteQuery({
    queryKey: [...listKey, filters],
    queryFn: ({ pageParam }) =>
      call<TokenRequestListAnswer>('/token-requests', {
        query: { ...queryOf(filters, Date.now()), cursor: pageParam },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    // What is new comes by itself.
    refetchOnWindowFocus: false,
  })

  const askAgain = () => void queries.invalidateQueries({ queryKey: listKey })
  const state = useTail({
    onCame(request: ExplainedTokenRequestAnswer) {
      queries.setQueryData(tokenRequestKey(request.trace_id), request)
      change({ type: 'came', request })
    },
    onOpen: askAgain,
    onRefused: askAgain,
  })

  const tooMany = live.shown.length > mostLive
  useEffect(() => {
    if (!tooMany) return
    void queries.resetQueries({ queryKey: listKey })
    change({ type: 'restarted' })
  }, [tooMany, queries])

  const now = Date.now()
  const listed = list.data?.pages.flatMap((page) => page.token_requests) ?? []
  const meant = live.shown.filter((request) => isMeant(filters, request, now))
  return {
    list,
    requests: withLive(listed, meant, { more: list.hasNextPage }),
    /** What came live, newest first, and what of it is looked at. */
    came: live.shown,
    meant,
    held: live.held.filter((request) => isMeant(filters, request, now)).length,
    paused: live.paused,
    pause: () => change({ type: 'paused' }),
    resume: () => change({ type: 'resumed' }),
    state,
  }
}
