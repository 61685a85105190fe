import { useRouter } from '@tanstack/react-router'
import { Failed } from './failed.tsx'
import { PageHeader } from './page-header.tsx'

/** In the place of a page that threw. */
export function PageFailed({ error }: { error: unknown }) {
  const router = useRouter()
  return (
    <>
      <PageHeader title="This page failed" />
      <Failed error={error} title="It could not be shown" retry={() => void router.invalidate()} />
    </>
  )
}
