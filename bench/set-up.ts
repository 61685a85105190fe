import { join } from 'node:path'
import { settingRows } from '../packages/server/src/settings.ts'
import { type Server, startServer } from './child.ts'
import {
  bareHttp,
  type Contestant,
  deriving,
  introspecting,
  oidcProvider,
  redeeming,
  refusing,
  valetkey,
} from './contestants.ts'
import type { Work } from './measure.ts'
import type { Options } from './options.ts'
import type { Place } from './place.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { strangers } from './requests.ts'
import { type Seeded, seed } from './seed.ts'

/** Works that are compared with each other. */
export interface Comparison {
  readonly title: string
  /** Names of the works that the others are measured by. */
  readonly references: readonly string[]
  readonly works: readonly Work[]
}

export interface SetUp {
  readonly comparisons: readonly Comparison[]
  /** Valetkey on SQLite with all cores, for what a passphrase does to others. */
  readonly unbound: Contestant | undefined
  readonly sqlite: Contestant | undefined
  readonly postgres: Postgres | undefined
}

/** Starts every server that is wanted, and says what is to be measured. `nodeOptions` are for the Valetkey servers. */
export async function setUp(
  { size, wants }: Options,
  { folder, cores, atEnd }: Place,
  nodeOptions: readonly string[],
): Promise<SetUp> {
  const up = async <Started extends { server: Server }>(starting: Promise<Started>): Promise<Started> => {
    const started = await starting
    atEnd(() => started.server.stop())
    return started
  }
  const when = async <Thing>(wanted: boolean, make: () => Promise<Thing>): Promise<Thing | undefined> =>
    wanted ? make() : undefined
  // One round more than there are: that is for warming up.
  const codes = (size.rounds + 1) * (size.valetkey + size.passphrase) + 1000
  const seeded = (name: string, database_url = '', count = codes): Promise<Seeded> =>
    seed(join(folder, name), database_url, count)

  const database = await when(wants('postgres'), () => startPostgres(join(folder, 'postgres')))
  if (database !== undefined) atEnd(() => database.stop())
  const bare = await when(wants('bare'), () => up(bareHttp(cores)))
  const oidc = await when(wants('oidc-provider', 'refused', 'introspection'), () => up(oidcProvider(cores)))
  const oidcPostgres = database && (await up(oidcProvider(cores, database.url)))
  const sqlite = await when(wants('sqlite', 'refused', 'introspection', 'passphrase'), async () =>
    up(valetkey('SQLite', await seeded('data'), cores, nodeOptions)),
  )
  const postgres =
    database && (await up(valetkey('PostgreSQL', await seeded('keys', database.url), cores, nodeOptions)))
  const argon2id = await when(wants('passphrase'), () =>
    up(startServer('argon2id', cores, { path: '/' }).then((server) => ({ server }))),
  )
  const unbound = await when(wants('passphrase'), async () =>
    up(valetkey('SQLite', await seeded('beside', '', 3 * size.beside + 2000), undefined, [])),
  )

  const those = (...works: readonly (Work | undefined)[]): Work[] =>
    works.filter((work) => work !== undefined)
  const comparisons = [
    {
      title: 'Token requests',
      references: ['bare node:http', 'oidc-provider', 'oidc-provider, PostgreSQL'],
      works: those(
        bare && redeeming(bare, size.bare),
        wants('oidc-provider') ? oidc && redeeming(oidc, size.oidc) : undefined,
        oidcPostgres && redeeming(oidcPostgres, size.oidcPostgres),
        wants('sqlite') ? sqlite && redeeming(sqlite, size.valetkey) : undefined,
        postgres && redeeming(postgres, size.valetkey),
      ),
    },
    ...strangers.map((stranger) => ({
      title: `Refused: ${stranger}`,
      references: [`oidc-provider, ${stranger}`],
      works: wants('refused')
        ? those(...[oidc, sqlite].map((it) => it && refusing(it, stranger, size.refused)))
        : [],
    })),
    {
      title: 'Introspection',
      references: ['oidc-provider, introspection'],
      works: wants('introspection')
        ? those(...[oidc, sqlite].map((it) => it && introspecting(it, size.introspection)))
        : [],
    },
    {
      title: 'Token requests with a passphrase',
      references: ['bare Argon2id'],
      works: those(
        argon2id && deriving(argon2id.server, size.passphrase, settingRows.derivations.default),
        argon2id && sqlite && redeeming(sqlite, size.passphrase, 'correct horse battery staple'),
      ),
    },
  ]
  return {
    comparisons: comparisons.filter(({ works }) => works.length > 0),
    unbound,
    sqlite,
    postgres: database,
  }
}
