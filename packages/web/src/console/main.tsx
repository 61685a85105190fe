import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import '../tokens.css'
import './console.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { staySignedIn } from '../stay-signed-in.ts'
import { Console } from './console.tsx'
import { newQueryClient } from './queries.ts'
import { createConsoleRouter } from './router.tsx'

/** An answer that is there within so many milliseconds is part of the first drawing, which then needs no second. */
const patience = 50

// The nonce that lets the component library's styles in; its dependencies look for it under the second name.
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''
Object.assign(globalThis, { __webpack_nonce__: nonce })

const root = document.getElementById('root')
if (root === null) throw new Error('the document has no root')

staySignedIn('/api/v0/developer/auth')
const queries = newQueryClient()
const router = createConsoleRouter(queries)
const soon = new Promise((resolve) => setTimeout(resolve, patience))
// No await out here: the pages that are loaded on demand import from this module, and would wait for it.
void Promise.race([loaded(), soon]).finally(() =>
  createRoot(root).render(
    <StrictMode>
      <Console nonce={nonce} queries={queries} router={router} />
    </StrictMode>,
  ),
)

/** The page that the address names, and the answers that it reads, or why they did not come. */
async function loaded(): Promise<void> {
  await router.load()
  const asked = queries.getQueryCache().getAll()
  await Promise.allSettled(asked.map(({ promise }) => promise))
}
