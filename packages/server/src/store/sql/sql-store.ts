import { expectMigrated } from '../migrations/migrate.ts'
import type { Store } from '../store.ts'
import { accounts, mailTokens, sessions } from './accounts.ts'
import { administration } from './administration.ts'
import { audit } from './audit.ts'
import { clients } from './clients.ts'
import { codes } from './codes.ts'
import { devices } from './devices.ts'
import type { Engine } from './engine.ts'
import { finishBrokenOff } from './finish.ts'
import { apiKeys, grants, projects } from './grants.ts'
import { pushedRequests } from './pushed-requests.ts'
import { refreshTokens } from './refresh-tokens.ts'
import { requests } from './requests.ts'
import { settleRestored } from './restored.ts'
import { sealedTexts } from './sealed-texts.ts'
import { sweep } from './sweep.ts'
import { traces } from './traces.ts'
import { limits, replays } from './upkeep.ts'
import { webhooks } from './webhooks.ts'

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
    sealed: sealedTexts(engine),
    administration: administration(engine),
    webhooks: webhooks(engine),
    ready: () => expectMigrated(engine.db),
    sweep: async (now, bite = 1000, failed = () => {}) => {
      const removed = await sweep(engine, now, bite)
      // Last: however long it takes, and whether it works, what is over is gone.
      if (removed < bite) await finishBrokenOff(engine, now, failed)
      return removed
    },
    settleRestored: (now) => settleRestored(engine, now),
    close: () => engine.db.destroy(),
  }
}
