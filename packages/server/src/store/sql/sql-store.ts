import { expectMigrated } from '../migrations/migrate.ts'
import type { Store } from '../store.ts'
import { accounts, mailTokens, sessions } from './accounts.ts'
import { audit } from './audit.ts'
import { clients } from './clients.ts'
import { codes } from './codes.ts'
import { devices } from './devices.ts'
import type { Engine } from './engine.ts'
import { apiKeys, grants, projects } from './grants.ts'
import { pushedRequests } from './pushed-requests.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { requests } from './requests.ts'
import { sweep } from './sweep.ts'
import { traces } from './traces.ts'
import { limits, replays } from './upkeep.ts'

/** The store over either database: one set of queries. */
export function sqlStore(engine: Engine): Store {
  return {
    developers: accounts(engine, 'developer'),
    users: accounts(engine, 'user'),
    sessions: sessions(engine),
    mailTokens: mailTokens(engine),
    projects: projects(engine),
    clients: clients(engine),
    requests: requests(engine),
    codes: codes(engine),
    grants: grants(engine),
    apiKeys: apiKeys(engine),
    pushedRequests: pushedRequests(engine),
    devices: devices(engine),
    refreshTokens: refreshTokens(engine),
    replays: replays(engine),
    traces: traces(engine),
    audit: audit(engine),
    limits: limits(engine),
    ready: () => expectMigrated(engine.db),
    sweep: (now, bite = 1000) => sweep(engine, now, bite),
    close: () => engine.db.destroy(),
  }
}
