import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { Frame } from './frame.tsx'
import { tabIn } from './pages/clients/client-tabs.ts'
import { ClientsPage } from './pages/clients/clients-page.tsx'
import { filtersOf } from './pages/token-requests/filters.ts'
import { accountQuery, clientQuery, clientsQuery } from './queries.ts'
import { NotFound } from './ui/not-found.tsx'
import { PageFailed } from './ui/page-failed.tsx'

// A loader begins what its page reads and waits for nothing: the page is there meanwhile, with the place of what comes.
const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Frame,
  notFoundComponent: NotFound,
  loader: ({ context: { queries } }) => void queries.prefetchQuery(accountQuery),
})

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/clients', replace: true })
  },
})

const clients = createRoute({
  getParentRoute: () => root,
  path: '/clients',
  component: ClientsPage,
  loader: ({ context: { queries } }) => void queries.prefetchQuery(clientsQuery),
})

const newClient = createRoute({
  getParentRoute: () => root,
  path: '/clients/new',
  component: lazyRouteComponent(() => import('./pages/clients/new-client-page.tsx'), 'NewClientPage'),
})

const client = createRoute({
  getParentRoute: () => root,
  path: '/clients/$client_id',
  validateSearch: tabIn,
  loader: ({ context: { queries }, params }) => void queries.prefetchQuery(clientQuery(params.client_id)),
  component: lazyRouteComponent(() => import('./pages/clients/client-page.tsx'), 'ClientPage'),
})

const tokenRequests = createRoute({
  getParentRoute: () => root,
  path: '/token-requests',
  validateSearch: filtersOf,
  component: lazyRouteComponent(
    () => import('./pages/token-requests/token-requests-page.tsx'),
    'TokenRequestsPage',
  ),
})

const tokenRequest = createRoute({
  getParentRoute: () => root,
  path: '/token-requests/$trace_id',
  component: lazyRouteComponent(
    () => import('./pages/token-requests/token-request-page.tsx'),
    'TokenRequestPage',
  ),
})

const diagnose = createRoute({
  getParentRoute: () => root,
  path: '/diagnose',
  component: lazyRouteComponent(() => import('./pages/token-requests/diagnose-page.tsx'), 'DiagnosePage'),
})

const accessLog = createRoute({
  getParentRoute: () => root,
  path: '/access-log',
  component: lazyRouteComponent(() => import('./pages/access-log/access-log-page.tsx'), 'AccessLogPage'),
})

const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./pages/webhooks/webhooks-page.tsx'), 'WebhooksPage'),
})

const newWebhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/new',
  component: lazyRouteComponent(() => import('./pages/webhooks/new-webhook-page.tsx'), 'NewWebhookPage'),
})

const webhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$id',
  component: lazyRouteComponent(() => import('./pages/webhooks/webhook-page.tsx'), 'WebhookPage'),
})

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('./pages/account/account-page.tsx'), 'AccountPage'),
})

const routeTree = root.addChildren([
  start,
  clients,
  newClient,
  client,
  tokenRequests,
  tokenRequest,
  diagnose,
  accessLog,
  webhooks,
  newWebhook,
  webhook,
  account,
])

export const createConsoleRouter = (queries: QueryClient) =>
  createRouter({
    basepath: '/console',
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    // How fresh an answer is, the queries know.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
  })
export type ConsoleRouter = ReturnType<typeof createConsoleRouter>

declare module '@tanstack/react-router' {
  interface Register {
    router: ConsoleRouter
  }
}
