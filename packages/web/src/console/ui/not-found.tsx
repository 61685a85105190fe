import { Text } from '@mantine/core'
import { PageHeader } from './page-header.tsx'
import { TextLink } from './text-link.tsx'

export function NotFound() {
  return (
    <>
      <PageHeader title="No such page" />
      <Text>
        The console has no page at this address. Your <TextLink to="/clients">clients</TextLink> are a good
        place to go on.
      </Text>
    </>
  )
}
