import { clientsPath } from '../../testing/people.ts'
import type { RefusalScene } from '../../testing/refusal-scene.ts'
import { clientOf, type Mistake, type Shows, signed } from './mistake.ts'

const somebody = '6f1c7f0e-55a1-4f29-9c0e-2f6d2a3b4c5d'

/** Whose JWT it is, told by the client_id in it and the one beside it. */
const named = (client_id: (scene: RefusalScene) => string) => ({
  async make(scene: RefusalScene) {
    const claims = { client_id: client_id(scene) }
    return { form: { ...claims, client_secret: await signed(scene, { claims }) } }
  },
  offline: [],
})

/** The first two neighbours that differ change places. */
const swapped = (text: string): string => text.replace(/(.)(?!\1)(.)/, '$2$1')

const nearly: Shows = {
  expected: '(Photos)',
  apart: /^(?:they differ from character \d+ on|letter case|there are \S+)/,
}

/** Whose JWT it is, and what became of the client. */
export const clientMistakes: readonly Mistake[] = [
  {
    name: 'used the client_id of another installation',
    cause: 'client_unknown',
    ...named(() => somebody),
    shows: { seen: somebody, expected: /^one of yours: .*\(Photos\)$/ },
  },
  {
    name: 'lost the last character of the client_id',
    cause: 'client_id_nearly_yours',
    ...named(({ client }) => client.client_id.slice(0, -1)),
    shows: { ...nearly, apart: 'they differ from character 36 on' },
  },
  {
    name: 'mistyped one character of the client_id',
    cause: 'client_id_nearly_yours',
    ...named(({ client: { client_id } }) => client_id.replace(/^./, (first) => (first === 'x' ? 'y' : 'x'))),
    shows: { ...nearly, apart: 'they differ from character 1 on' },
  },
  {
    name: 'added a character to the client_id',
    cause: 'client_id_nearly_yours',
    ...named(({ client }) => `${client.client_id}.`),
    shows: { ...nearly, apart: 'they differ from character 37 on' },
  },
  {
    name: 'swapped two characters of the client_id',
    cause: 'client_id_nearly_yours',
    ...named(({ client }) => swapped(client.client_id)),
    shows: nearly,
  },
  {
    name: 'kept the client_id in a column of the type UUID of another database, in capitals',
    cause: 'client_id_nearly_yours',
    ...named(({ client }) => client.client_id.toUpperCase()),
    shows: nearly,
  },
  {
    name: 'kept the client_id without its hyphens',
    cause: 'client_id_nearly_yours',
    ...named(({ client }) => client.client_id.replaceAll('-', '')),
    shows: nearly,
  },
  {
    name: 'read the client_id with the newline of its file',
    cause: 'client_id_nearly_yours',
    ...named(({ client }) => `${client.client_id}\n`),
    shows: nearly,
  },
  {
    name: 'took the id from the address of the client in the console',
    cause: 'client_id_is_row_id',
    ...named(({ client }) => client.id),
    shows: { expected: '(Photos)' },
  },
  {
    name: 'put the client secret where the client_id belongs',
    cause: 'client_id_is_secret',
    async make(scene) {
      const claims = { client_id: scene.client.client_secret }
      const client_secret = await signed(scene, { claims })
      return { form: { ...claims, client_secret } }
    },
    offline: [],
  },
  {
    name: 'took secret and code of one client, and the client_id of another of their own',
    cause: 'client_id_of_another_client',
    async make(scene) {
      const { client_id } = await clientOf(scene, 'Photos test')
      const client_secret = await signed(scene, { claims: { client_id } })
      return { form: { client_id, client_secret } }
    },
    shows: { seen: '(Photos)' },
    offline: [],
  },
  {
    name: 'swapped the two parameters, so that the JWT came as client_id',
    cause: 'parts_wrong',
    async make(scene) {
      const client_id = await signed(scene)
      return { form: { client_id, client_secret: scene.client.client_id }, secrets: [client_id] }
    },
    besides: ['client_id_is_secret'],
    offline: ['parts_wrong'],
    told: 'three parts separated by dots expected, 1 found',
  },
  {
    name: 'took the name of the client for its client_id',
    cause: 'client_id_is_name',
    ...named(() => 'photos'),
    shows: { seen: "'photos'", expected: '(Photos)' },
  },
  {
    name: 'deleted the client and left a deployment running',
    cause: 'client_deleted',
    async make({ ask, developer, client }) {
      await ask(developer, 'DELETE', `${clientsPath}/${client.id}`)
      return { good: null }
    },
    shows: { seen: /\(Photos\), deleted 2026-03-01T12:00:00Z$/ },
    offline: [],
  },
  {
    name: 'deactivated the client and forgot it',
    cause: 'client_inactive',
    async make({ ask, developer, client }) {
      await ask(developer, 'PATCH', `${clientsPath}/${client.id}/status`, { status: 0 })
      return { good: null }
    },
    shows: { seen: /\(Photos\), deactivated since 2026-03-01T12:00:00Z$/ },
    besides: ['code_revoked'],
    offline: [],
  },
  {
    name: 'went on with a client that the operator suspended',
    cause: 'client_suspended',
    async make({ deps, client }) {
      await deps.store.administration.suspendClient(client.id, { end_access: false }, deps.clock.now())
      return { good: null }
    },
    shows: { seen: /\(Photos\), suspended since 2026-03-01T12:00:00Z$/ },
    besides: ['code_revoked'],
    offline: [],
  },
  {
    name: 'sent the short form for a client that takes RFC 7523 alone',
    cause: 'profile_disabled',
    async make({ deps, client }) {
      await deps.store.clients.update(client.id, () => ({ storx_profile: false }), deps.clock.now())
      return { good: null }
    },
    shows: { seen: '(Photos)' },
    offline: [],
  },
  {
    name: 'sent one and the same JWT twice, though it has a jti',
    cause: 'jti_replayed',
    async make(scene) {
      const client_secret = await signed(scene, { claims: { jti: 'the same each time' } })
      await scene.token({ client_secret })
      return { form: { client_secret } }
    },
    offline: [],
  },
  {
    name: 'signed for one client and sent the client_id of another',
    cause: 'client_id_differs',
    async make(scene) {
      const test = await clientOf(scene, 'Photos test')
      return { form: { client_id: test.client_id } }
    },
    shows: { seen: /^in the JWT .*\(Photos\)$/, expected: /^in the request .*\(Photos test\)$/ },
    told: 'names another client_id than the request (invalid_client_string)',
  },
  {
    name: 'upper-cased the client_id in the request and not in the JWT',
    cause: 'client_id_in_other_case',
    make: async ({ client }) => ({ form: { client_id: client.client_id.toUpperCase() } }),
    told: 'names another client_id than the request (invalid_client_string)',
  },
  {
    name: 'read the client_id in the request with the newline of its file',
    cause: 'client_id_in_other_case',
    make: async ({ client }) => ({ form: { client_id: `${client.client_id}\n` } }),
    told: 'names another client_id than the request (invalid_client_string)',
  },
]
