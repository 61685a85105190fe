import { Button, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { browserInWords, type SessionListAnswer } from '@valetkey/protocol'
import { useState } from 'react'
import { call } from '../../api.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Failed } from '../../ui/failed.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { useAction } from '../../ui/use-action.ts'
import { When } from '../../ui/when.tsx'

type Session = SessionListAnswer['sessions'][number]

const sessionsKey = ['sessions']

/** Where the account is signed in. `onEnded` when the session of this page has ended as well. */
export function Sessions({ onEnded }: { onEnded: () => void }) {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const query = useQuery({
    queryKey: sessionsKey,
    queryFn: () => call<SessionListAnswer>('/sessions'),
  })
  const end = useAction(async ({ id, current }: Session) => {
    await call(`/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
    if (current) onEnded()
    else await queries.invalidateQueries({ queryKey: sessionsKey })
  })
  return (
    <section className="vk-card ac-card" aria-labelledby="ac-sessions">
      <div className="ac-heading">
        <Title order={2} id="ac-sessions">
          Sessions
        </Title>
        <Button variant="default" size="xs" onClick={() => setAsking(true)}>
          Sign out everywhere
        </Button>
      </div>
      {end.failure !== undefined && <Failed error={end.failure} title="The session was not ended" />}
      <Loaded query={query} loading={<Loading lines={2} height={58} />}>
        {({ sessions }) => (
          <ul className="ac-sessions">
            {sessions.map((session) => (
              <SessionRow key={session.id} session={session} busy={end.busy} end={() => end.run(session)} />
            ))}
          </ul>
        )}
      </Loaded>
      {asking && (
        <Confirm
          title="Sign out everywhere"
          action="Sign out everywhere"
          danger
          onConfirm={async () => {
            await call('/sessions', { method: 'DELETE' })
            onEnded()
          }}
          onClose={() => setAsking(false)}
        >
          Every session of your account ends, this one too. Your clients and their secrets stay as they are.
        </Confirm>
      )}
    </section>
  )
}

function SessionRow({ session, busy, end }: { session: Session; busy: boolean; end: () => void }) {
  const { network, user_agent, created_at, expires_at, current } = session
  const browser = browserInWords(user_agent)
  const from = network === '' ? '' : `from ${network}`
  return (
    <li>
      <div>
        <span className="vk-break">{browser}</span>{' '}
        {current && <OutcomeBadge outcome="good">this one</OutcomeBadge>}
        <div className="ac-more vk-break">
          {from !== '' && `${from}, `}
          since <When at={created_at} />, ends <When at={expires_at} ago />
        </div>
      </div>
      <Button
        variant="subtle"
        color="red"
        size="xs"
        disabled={busy}
        onClick={end}
        aria-label={current ? 'Sign out here' : `End the session of ${browser} ${from}`.trimEnd()}
      >
        {current ? 'Sign out' : 'End'}
      </Button>
    </li>
  )
}
