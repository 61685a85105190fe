import { useQuery } from '@tanstack/react-query'
import type { ClientAnswer } from '@valetkey/protocol'
import { clientsQuery } from '../../queries.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { TextLink } from '../../ui/text-link.tsx'

/** No request was ever made: how to make the first, one that is refused and explained. */
export function FirstRequest() {
  const client = useQuery(clientsQuery).data?.[0]
  if (client === undefined)
    return (
      <EmptyState
        title="No token requests yet"
        words="They appear here as they come, each with the reason why it was refused. Register a client first."
      >
        <LinkButton to="/clients/new">Register a client</LinkButton>
      </EmptyState>
    )
  return (
    <EmptyState
      title="No token requests yet"
      words={
        <>
          They appear here as they come. Try it: this one is refused, and you see within a second why. A
          request that works is in the quickstart of{' '}
          <TextLink
            to="/clients/$client_id"
            params={{ client_id: client.client_id }}
            search={{ tab: 'quickstart' }}
          >
            your client
          </TextLink>
          .
        </>
      }
    >
      <div className="tr-first">
        <CodeBlock code={refusedRequest(client)} what="request" />
      </div>
    </EmptyState>
  )
}

function refusedRequest({ client_id, redirect_uris: [redirect_uri] }: ClientAnswer): string {
  const body = { client_id, client_secret: 'not a JWT yet', redirect_uri, code: 'none' }
  return [
    `curl ${location.origin}/api/v0/oauth2/token \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '${JSON.stringify(body).replaceAll("'", '\\u0027')}'`,
  ].join('\n')
}
