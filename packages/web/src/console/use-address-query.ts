import { useNavigate, useSearch } from '@tanstack/react-router'

type AddressQuery = Readonly<Record<string, unknown>>

/**
 * What the query of this page's address says, and a way to change it in place: what a page is set to survives a reload
 * and can be sent to somebody. Undefined takes a name out.
 */
export function useAddressQuery(): readonly [
  query: AddressQuery,
  change: (changes: Readonly<Record<string, string | undefined>>) => void,
] {
  const query: AddressQuery = useSearch({ strict: false })
  const navigate = useNavigate()
  return [
    query,
    (changes) =>
      void navigate({
        to: '.',
        search: (before: AddressQuery) => ({ ...before, ...changes }),
        replace: true,
        resetScroll: false,
      }),
  ]
}
