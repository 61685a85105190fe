import { Button, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { call } from './api.ts'
import { accountQuery } from './queries.ts'

const looks: readonly (readonly [look: MantineColorScheme, words: string])[] = [
  ['auto', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
]

/** Who is signed in, how the console looks, and the way out. */
export function AccountMenu() {
  const account = useQuery(accountQuery)
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          className="vk-who"
          aria-label={`Account: ${account.data?.fullName ?? ''}`}
        >
          <span className="vk-ellipsis">{account.data?.fullName ?? '\u00a0'}</span>
          <span aria-hidden="true">&nbsp;▾</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className="vk-break">{account.data?.email ?? 'Signed in'}</Menu.Label>
        <Menu.Item component={Link} to="/account">
          Account and sessions
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Look</Menu.Label>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(chosen) => setColorScheme(looks.find(([look]) => look === chosen)?.[0] ?? 'auto')}
        >
          {looks.map(([look, words]) => (
            <Menu.RadioItem key={look} value={look}>
              {words}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Whatever comes of it: the page to sign in says whether somebody still is. */
async function signOut(): Promise<void> {
  try {
    await call('/logout', { method: 'POST' })
  } finally {
    location.assign('/console/sign-in')
  }
}
