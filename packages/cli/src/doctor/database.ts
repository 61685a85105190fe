import { existsSync } from 'node:fs'
import { durationInWords } from '@valetkey/protocol'
import {
  type DatabaseFacts,
  examineDatabase,
  flawsOfDatabase,
  keyFileIn,
  keyIdOf,
  loadKeyRing,
  type Settings,
  sealerThatOpens,
} from '@valetkey/server'
import { databaseExists } from '../local-store.ts'
import { count } from '../terminal.ts'
import { bytes, codeOf, doubtful, type Finding, fine, open, wrong } from './check.ts'

/** What is known of the database; undefined where it cannot be looked at, and then why. */
export async function look(settings: Settings): Promise<DatabaseFacts | Finding> {
  if (!databaseExists(settings)) return open('there is none yet; the first start makes it')
  try {
    return await examineDatabase(settings)
  } catch (thrown) {
    return settings.database_url === ''
      ? wrong(
          `the file cannot be read (${codeOf(thrown)})`,
          'see whose it is, and restore a backup if it is no database',
        )
      : wrong(
          `PostgreSQL cannot be reached or does not let us in (${codeOf(thrown)})`,
          'check VALETKEY_DATABASE_URL with psql from this machine',
        )
  }
}

export const isFinding = (looked: DatabaseFacts | Finding): looked is Finding => 'result' in looked

export function database({ version, size_bytes, read_only, connections }: DatabaseFacts): Finding {
  const said = `${version} answers, ${bytes(size_bytes)}`
  if (read_only)
    return wrong(`${said}; it is a standby and takes no writes`, 'point VALETKEY_DATABASE_URL to the primary')
  if (connections !== undefined && connections.now > 0.8 * connections.most)
    return doubtful(
      `${said}; ${connections.now} of ${connections.most} connections are taken`,
      'raise max_connections, or put PgBouncer between; each server process takes up to 16',
    )
  return fine(said)
}

export function schema({ pending, newer }: DatabaseFacts): Finding {
  if (newer.length > 0)
    return wrong(
      `it holds ${newer.join(', ')}, which this program does not know`,
      'start the newer program; an older one does not open this database',
    )
  return pending.length === 0
    ? fine('current')
    : open(
        `${count(pending.length, 'migration')} to come: ${pending.join(', ')}; the next start applies them`,
      )
}

/** What was answered must be on the disk. @source https://www.postgresql.org/docs/current/runtime-config-wal.html */
export function durability({ durability: says }: DatabaseFacts): Finding {
  if (says.journal_mode !== undefined)
    return says.journal_mode === 'wal'
      ? fine('WAL; every commit is synced')
      : doubtful(`journal_mode is ${says.journal_mode}`, 'the next start sets WAL; nothing is lost meanwhile')
  const weak = Object.entries(says).filter(([, value]) => value === 'off')
  return weak.length === 0
    ? fine(
        Object.entries(says)
          .map((setting) => setting.join(' '))
          .join(', '),
      )
    : wrong(
        `${weak.map((setting) => setting.join(' ')).join(', ')}: what was answered may be lost in a crash`,
        `alter system set ${weak[0]?.[0]} = on; select pg_reload_conf()`,
      )
}

export function databaseClock({ clock }: DatabaseFacts, now: number, skew: number): Finding {
  if (clock === undefined) return open('SQLite has no clock of its own')
  const ahead = Math.round(now - clock)
  const words = `${durationInWords(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} the database`
  if (Math.abs(ahead) <= 2) return fine('agrees with the database')
  return Math.abs(ahead) <= skew
    ? fine(words)
    : wrong(`this clock is ${words}`, 'run NTP on both machines (timedatectl set-ntp true)')
}

/** Above this a look at every page takes longer than anybody waits. */
const mostLookedThrough = 512e6

export async function integrity(settings: Settings, { size_bytes }: DatabaseFacts): Promise<Finding> {
  if (settings.database_url !== '') return open('PostgreSQL looks after its own pages')
  if (size_bytes > mostLookedThrough)
    return open(
      `${bytes(size_bytes)} are too many to look through here: sqlite3 valetkey.db "pragma quick_check"`,
    )
  const flaws = await flawsOfDatabase(settings)
  return flaws.length === 0
    ? fine('every page is whole')
    : wrong(flaws[0] ?? '', 'stop the server and restore the newest backup that passes this check')
}

export function masterKey(settings: Settings): Finding {
  const file = keyFileIn(settings)
  if (settings.master_key === '' && !existsSync(file))
    return open('there is none yet; the first start makes it')
  const { current } = loadKeyRing(settings, { mayCreate: false })
  return fine(`${keyIdOf(current)}, from ${settings.master_key === '' ? file : 'VALETKEY_MASTER_KEY'}`)
}

/** The first and the last of each purpose: after a rotation that broke off they are under different keys. */
export function secrets(settings: Settings, { sealed }: DatabaseFacts): Finding {
  if (sealed.length === 0) return open('no client is registered yet, so nothing is sealed')
  sealerThatOpens(sealed, settings)
  return fine('the master key opens what is stored')
}
