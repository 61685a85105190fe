import { Code, NativeSelect, Stack, Tabs, Text } from '@mantine/core'
import type { ClientAnswer } from '@valetkey/protocol'
import { type ReactNode, useState } from 'react'
import { CodeBlock } from '../../ui/code-block.tsx'
import { TextLink } from '../../ui/text-link.tsx'
import { dotenvName } from './dotenv.ts'
import { integrationCommand, quickstarts } from './quickstart.ts'
import { StandardQuickstart } from './standard-quickstart.tsx'

/** From the credentials to an access grant, with this very client. */
export function QuickstartPanel({ client }: { client: ClientAnswer }) {
  return client.storx_profile ? <StorxQuickstart client={client} /> : <StandardQuickstart client={client} />
}

/** Commands and programs to copy, with a short JWT. */
function StorxQuickstart({ client }: { client: ClientAnswer }) {
  const [redirect_uri, setRedirectUri] = useState(client.redirect_uris[0] ?? '')
  const facts = { client_id: client.client_id, redirect_uri, url: location.origin }
  return (
    <Stack gap="lg">
      <Text>
        Your app proves who it is with a JWT, and sends a user here. When they allow access, they come back to
        your redirect URI with an access grant, or with a code that your server trades for one.
      </Text>
      {client.redirect_uris.length > 1 && (
        <NativeSelect
          label="Redirect URI"
          data={client.redirect_uris}
          value={redirect_uri}
          onChange={(event) => setRedirectUri(event.currentTarget.value)}
        />
      )}
      <Step number={1} title="Put the credentials into the environment">
        <Text size="sm" c="dimmed" mb="xs">
          In a shell, with the file that you downloaded when the secret was shown:
        </Text>
        <CodeBlock what="Command that loads the credentials" code={`set -a; . ./${dotenvName}; set +a`} />
      </Step>
      <Step number={2} title="Send a user">
        <Text size="sm" c="dimmed" mb="xs">
          This prints the link to open, with a JWT in it that <Code>npx valetkey</Code> makes where Valetkey
          is installed; elsewhere put one that your app makes, as the programs below do.
        </Text>
        <CodeBlock
          what="Command that prints the link"
          code={integrationCommand({ ...facts, scopes: client.scopes })}
        />
        <Text size="sm" mt="xs">
          This link comes back with <Code>access_grant</Code>, ready to use: nothing else is needed. A server
          that wants a code asks <Code>POST /api/v0/oauth2/request</Code> with its user's session and sends
          the user to <Code>{'/consent/<request_id>'}</Code>, which comes back with <Code>code</Code>.
        </Text>
      </Step>
      <Step number={3} title="Redeem a code">
        <Text size="sm" c="dimmed" mb="xs">
          A code works once, and soon. These programs trade it for an access grant; the secret they read from{' '}
          <Code>VALETKEY_CLIENT_SECRET</Code>.
        </Text>
        <Tabs defaultValue={quickstarts[0]?.language ?? null} keepMounted={false}>
          <Tabs.List mb="sm">
            {quickstarts.map(({ language }) => (
              <Tabs.Tab key={language} value={language}>
                {language}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {quickstarts.map(({ language, needs, file, command, program }) => (
            <Tabs.Panel key={language} value={language}>
              <Stack gap="sm">
                <Text size="sm" c="dimmed">
                  Save it as <Code>{file}</Code>. It needs {needs}, nothing else.
                </Text>
                <CodeBlock what={`Program for ${language}`} code={program(facts)} />
                <Text size="sm" c="dimmed">
                  Run it with the code from the address your user came back to:
                </Text>
                <CodeBlock what="Command that runs it" code={`${command} "$CODE"`} />
              </Stack>
            </Tabs.Panel>
          ))}
        </Tabs>
      </Step>
      <Step number={4} title="Watch it arrive">
        <Text>
          What your app sends to the token endpoint is in{' '}
          <TextLink to="/token-requests" search={{ client_id: client.client_id }}>
            the token requests of this client
          </TextLink>{' '}
          within a second, with the reason if it was refused.
        </Text>
      </Step>
    </Stack>
  )
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="vk-h2">
        <span className="vk-step">{number}</span> {title}
      </h2>
      {children}
    </section>
  )
}
