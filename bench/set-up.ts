import { join } from 'node:path'
import { settingRows } from '../packages/server/src/settings.ts'
import { type Server, startServer } from './child.ts'
import { bareHttp, deriving, oidcProvider, redeeming, refusing, valetkey } from './contestants.ts'
import type { Work } from './measure.ts'
import type { Options } from './options.ts'
import type { Place } from './place.ts'
import { startPostgres } from './postgres.ts'
import { strangers } from './requests.ts'
import { type Seeded, seed } from './seed.ts'

/** Works that are compared with each other. */
export interface Comparison {
  readonly title: string
  /** Names of the works that the others are measured by. */
  readonly references: readonly string[]
  readonly works: readonly Work[]
}

/** Starts every server that is wanted, and says what is to be measured. `nodeOptions` are for the Valetkey servers. */
export async function setUp(
  { size, wants }: Options,
  { folder, cores, atEnd }: Place,
  nodeOptions: readonly string[],
): Promise<Comparison[]> {
  const up = async <Started extends { server: Server }>(starting: Promise<Started>): Promise<Started> => {
    const started = await starting
    atEnd(() => started.server.stop())
    return started
  }
  const seeded = (database_url: string): Promise<Seeded> => {
    // One round more than there are: that is for warming up.
    const codes = (size.rounds + 1) * (size.valetkey + size.passphrase)
    return seed(join(folder, 'data'), database_url, codes)
  }
  const database = async (): Promise<string> => {
    const postgres = await startPostgres(join(folder, 'postgres'))
    atEnd(() => postgres.stop())
    return postgres.url
  }

  const bare = wants('bare') && (await up(bareHttp(cores)))
  const oidc = wants('oidc-provider', 'refused') && (await up(oidcProvider(cores)))
  const sqlite =
    wants('sqlite', 'refused', 'passphrase') &&
    (await up(valetkey('SQLite', await seeded(''), cores, nodeOptions)))
  const postgres =
    wants('postgres') &&
    (await up(valetkey('PostgreSQL', await seeded(await database()), cores, nodeOptions)))
  const argon2id =
    wants('passphrase') &&
    (await up(startServer('argon2id', cores, { path: '/' }).then((server) => ({ server }))))

  return [
    {
      title: 'Token requests',
      references: ['bare node:http', 'oidc-provider'],
      works: [
        bare && redeeming(bare, size.bare),
        oidc && wants('oidc-provider') && redeeming(oidc, size.oidc),
        sqlite && wants('sqlite') && redeeming(sqlite, size.valetkey),
        postgres && redeeming(postgres, size.valetkey),
      ].filter((work) => work !== false),
    },
    ...strangers.map((stranger) => ({
      title: `Refused: ${stranger}`,
      references: [`oidc-provider, ${stranger}`],
      works: [oidc, sqlite]
        .map((it) => it && wants('refused') && refusing(it, stranger, size.refused))
        .filter((work) => work !== false),
    })),
    {
      title: 'Token requests with a passphrase',
      references: ['bare Argon2id'],
      works: [
        argon2id && deriving(argon2id.server, size.passphrase, settingRows.derivations.default),
        argon2id && sqlite && redeeming(sqlite, size.passphrase, 'correct horse battery staple'),
      ].filter((work) => work !== false),
    },
  ].filter(({ works }) => works.length > 0)
}
