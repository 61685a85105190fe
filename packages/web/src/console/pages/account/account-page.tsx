import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { accountQuery } from '../../queries.ts'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Name } from './name.tsx'
import { Password } from './password.tsx'
import { Sessions } from './sessions.tsx'
import './account.css'

/** The developer's own account: name, password, and where it is signed in. */
export function AccountPage() {
  const account = useQuery(accountQuery)
  const [ended, setEnded] = useState<Ended>()
  if (ended !== undefined) return <SignedOut {...ended} />
  return (
    <>
      <PageHeader title="Account" />
      <div className="ac-page">
        <Loaded query={account} loading={<Loading lines={3} height={62} />}>
          {(answer) => <Name account={answer} />}
        </Loaded>
        <Password
          onChanged={() =>
            setEnded({
              title: 'Your password is changed',
              words: 'Every session of your account has ended, this one too. Sign in with the new password.',
            })
          }
        />
        <Sessions
          onEnded={() =>
            setEnded({ title: 'You are signed out', words: 'Sign in again to go on in the console.' })
          }
        />
      </div>
    </>
  )
}

interface Ended {
  readonly title: string
  readonly words: string
}

/** The session of this page is over, by the developer's own wish. */
function SignedOut({ title, words }: Ended) {
  return (
    <div role="status">
      <PageHeader title={title} lead={words} />
      <Button component="a" href="/console/sign-in?return_to=%2Fconsole%2Faccount">
        Sign in
      </Button>
    </div>
  )
}
