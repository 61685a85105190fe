import type { AuditEntryAnswer, AuditLogAnswer } from '@valetkey/protocol'
import { z } from 'zod'
import type { Acting } from '../../audited.ts'
import type { Deps } from '../../deps.ts'
import { type Html, html } from '../../http/html.ts'
import { Refusal } from '../../refusals.ts'
import { listAudit } from '../../user/audit-log.ts'
import { minute, secondsOf } from '../user-frame.ts'

/** How many events are shown at a time. */
const eventsShown = 20

/** Which events are asked for, out of the address. What is no filter is none. */
export interface Filter {
  readonly search: string
  readonly failed: boolean
  readonly cursor: string
}

export const querystring = z.object({
  search: z.unknown().optional(),
  status: z.unknown().optional(),
  cursor: z.unknown().optional(),
})

export function readFilter({ search, status, cursor }: z.infer<typeof querystring>): Filter {
  const text = (value: unknown, length: number) => (typeof value === 'string' ? value.slice(0, length) : '')
  return { search: text(search, 100), failed: status === 'failed', cursor: text(cursor, 256) }
}

/** A refusal, such as of a broken cursor, is told in the place of the events. */
export async function eventsFor(
  deps: Deps,
  by: Acting,
  { search, failed, cursor }: Filter,
): Promise<AuditLogAnswer | Refusal> {
  try {
    return await listAudit(deps, by, {
      limit: String(eventsShown),
      ...(search === '' ? {} : { search }),
      ...(failed ? { status: 'failed' } : {}),
      ...(cursor === '' ? {} : { cursor }),
    })
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown
    throw thrown
  }
}

export function activity(events: AuditLogAnswer | Refusal, filter: Filter): Html {
  const { search, failed, cursor } = filter
  return html`<section id="activity" class="panel stack" aria-labelledby="activity-title">
<h2 id="activity-title">Activity</h2>
<p class="soft">What you did, and what others did or tried with your account and your access, newest first.</p>
<form action="/account#activity" method="get" class="row filter" role="search" aria-label="Activity">
<div class="field grow"><label for="search">Search</label><input id="search" name="search" type="search" maxlength="100" value="${search}"></div>
<label class="check"><input type="checkbox" name="status" value="failed"${failed ? html` checked` : undefined}> <span>Only what failed</span></label>
<button class="button secondary">Show</button>
</form>
${
  events instanceof Refusal
    ? html`<p class="alert bad">${events.description}</p>`
    : html`${eventList(events.Items, search !== '' || failed)}
<p class="row">
${cursor === '' ? undefined : html`<a href="/account${queryOf({ search, failed })}#activity">Newest</a>`}
${events.NextCursor === '' ? undefined : html`<a href="/account${queryOf({ search, failed }, events.NextCursor)}#activity">Older</a>`}
<a href="/api/v0/audit-logs/export${queryOf({ search, failed })}" download>Download the last 7 days (CSV)</a>
</p>`
}
</section>`
}

function eventList(events: readonly AuditEntryAnswer[], filtered: boolean): Html {
  if (events.length === 0)
    return html`<p class="empty">${filtered ? 'Nothing matches.' : 'Nothing is on record yet.'}</p>`
  return html`<ul class="list events">${events.map(
    ({ timestamp, message, ip_address, status }) => html`<li class="row between">
<span class="break grow">${message}${status === 'failed' ? html` <span class="badge warn">failed</span>` : undefined}</span>
<span class="soft">${minute(secondsOf(timestamp))}${ip_address === '' ? undefined : ` from ${ip_address}`}</span>
</li>`,
  )}</ul>`
}

function queryOf({ search, failed }: Pick<Filter, 'search' | 'failed'>, cursor?: string): string {
  const query = new URLSearchParams({
    ...(search === '' ? {} : { search }),
    ...(failed ? { status: 'failed' } : {}),
    ...(cursor === undefined ? {} : { cursor }),
  }).toString()
  return query === '' ? '' : `?${query}`
}
