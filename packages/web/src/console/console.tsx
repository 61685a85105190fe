import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import type { ConsoleRouter } from './router.tsx'
import { cssVariables, theme } from './theme.ts'

/** The developer console: what surrounds all of its pages. */
export function Console({
  nonce,
  queries,
  router,
}: {
  nonce: string
  queries: QueryClient
  router: ConsoleRouter
}) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  )
}
