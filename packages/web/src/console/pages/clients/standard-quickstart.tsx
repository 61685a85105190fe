import { Code, Stack, Text } from '@mantine/core'
import { type ClientAnswer, deviceCodeGrant } from '@valetkey/protocol'
import { CodeBlock } from '../../ui/code-block.tsx'
import { authenticationInWords } from './client-kind.ts'

/** For clients of the standard dialect: what an OAuth library has to be told. */
export function StandardQuickstart({ client }: { client: ClientAnswer }) {
  const { client_id, redirect_uris, grant_types, token_endpoint_auth_method } = client
  const [redirect_uri] = redirect_uris
  const facts = {
    issuer: location.origin,
    client_id,
    token_endpoint_auth_method,
    ...(redirect_uri === undefined ? {} : { redirect_uri }),
    code_challenge_method: 'S256',
  }
  return (
    <Stack gap="lg">
      <section>
        <h2 className="vk-h2">Tell your OAuth library</h2>
        <Text mb="xs">
          {authenticationInWords(client)} Any library for OAuth 2.1 will do; the rest it reads from{' '}
          <Code>/.well-known/oauth-authorization-server</Code>.
        </Text>
        <CodeBlock what="Settings for an OAuth library" code={JSON.stringify(facts, undefined, 2)} />
      </section>
      {grant_types.includes(deviceCodeGrant) && token_endpoint_auth_method === 'none' && (
        <section>
          <h2 className="vk-h2">Or sign in on a device</h2>
          <Text size="sm" c="dimmed" mb="xs">
            This answers with the short code and where its user enters it:
          </Text>
          <CodeBlock
            what="Command that begins on a device"
            code={`curl ${location.origin}/oauth2/device_authorization -d client_id=${client_id} -d scope=read`}
          />
        </section>
      )}
    </Stack>
  )
}
