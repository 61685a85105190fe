import { Burger, Drawer } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'
import { AccountMenu } from './account-menu.tsx'
import { focusHeading } from './ui/focus-heading.ts'

const places = [
  { to: '/clients', name: 'Clients' },
  { to: '/token-requests', name: 'Token requests' },
  { to: '/diagnose', name: 'Diagnose' },
  { to: '/access-log', name: 'Access log' },
  { to: '/webhooks', name: 'Webhooks' },
  { to: '/account', name: 'Account' },
] as const

/** Header, navigation, and the page in it. */
export function Frame() {
  useFocusOnHeading()
  const [opened, drawer] = useDisclosure(false)
  return (
    <>
      <a className="vk-skip" href="#main">
        Skip to the content
      </a>
      <header className="vk-header">
        <Burger
          className="vk-burger"
          size="sm"
          opened={opened}
          onClick={drawer.toggle}
          aria-label={opened ? 'Close the navigation' : 'Open the navigation'}
          aria-expanded={opened}
        />
        <Link to="/clients" className="vk-brand">
          <img src="/favicon.svg" alt="" width="22" height="22" />
          Valetkey <span className="vk-brand-what">console</span>
        </Link>
        <AccountMenu />
      </header>
      <div className="vk-columns">
        <nav className="vk-nav" aria-label="Console">
          <Places />
        </nav>
        <main className="vk-main" id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Drawer
        opened={opened}
        onClose={drawer.close}
        title="Valetkey console"
        size="17rem"
        closeButtonProps={{ 'aria-label': 'Close the navigation' }}
      >
        <nav aria-label="Console">
          <Places onGo={drawer.close} />
        </nav>
      </Drawer>
    </>
  )
}

function Places({ onGo }: { onGo?: () => void }) {
  return (
    <ul className="vk-places">
      {places.map(({ to, name }) => (
        <li key={to}>
          <Link to={to} onClick={onGo} activeProps={{ 'aria-current': 'page' }}>
            {name}
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** After a step to another page its heading has the focus, as after the load of a document; not at the first page. */
function useFocusOnHeading(): void {
  const router = useRouter()
  useEffect(
    () =>
      router.subscribe('onRendered', ({ fromLocation, pathChanged }) => {
        if (fromLocation !== undefined && pathChanged) focusHeading()
      }),
    [router],
  )
}
