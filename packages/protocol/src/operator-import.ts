import { z } from 'zod'
import { exactly } from './exactly.ts'
import { many } from './operator-fields.ts'

/** The most clients that one import takes. */
export const maxImportedClients = 10_000

const list = z.union([z.array(z.string().max(4096)).max(100), z.string().max(65_536)])

/** One row, in the column names that the StorX database has; a list may be one text with commas. */
export const importedClientForm = exactly({
  client_id: z.string().max(256),
  client_secret: z.string().max(256),
  name: z.string().max(1024),
  developer_email: z.string().max(1024),
  developer_name: z.string().max(1024).nullish(),
  description: z.string().max(4096).nullish(),
  redirect_uris: list,
  scopes: list.nullish(),
  /** 1, or nothing: active. Anything else: inactive. */
  status: z.number().int().nullish(),
})
export type ImportedClientForm = z.infer<typeof importedClientForm>

export const importForm = exactly({
  /** Each is looked at by itself, so that the answer names all that are not in order. */
  clients: z.array(z.unknown()).min(1).max(maxImportedClients),
  /** True: says what would be done, and does nothing. */
  dry_run: z.boolean().optional(),
  /** True: new developers get a mail that lets them choose a password. */
  invite: z.boolean().optional(),
  /** True: accounts that have an address, though nobody proved it to be theirs, get the clients of its developer. */
  trust_existing: z.boolean().optional(),
  /** True: what the rows say of scopes is left out, so that the clients may ask for any. */
  ignore_scopes: z.boolean().optional(),
})
export type ImportForm = z.infer<typeof importForm>

export const importAnswer = z.object({
  dry_run: z.boolean(),
  /** New clients. */
  imported: many,
  /** Of the same developer and with the same secret, from an earlier import: left as they are. */
  unchanged: many,
  new_developers: many,
})
export type ImportAnswer = z.infer<typeof importAnswer>

/** Beside the fields of every error. `row` counts from 1; nothing of a secret is in `problem`. */
export const importProblems = z.array(z.object({ row: many, client_id: z.string(), problem: z.string() }))
export type ImportProblems = z.infer<typeof importProblems>
