import { join } from 'node:path'

/** What `npm run build` makes of packages/cli/bin/valetkey.js: of all that is built, this and what it starts have names that stay. */
export const builtProgram = join(import.meta.dirname, '../packages/cli/dist/valetkey.js')
