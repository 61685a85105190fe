import type { Delivery, DisabledBecause, NewWebhookEvent, Webhook, WebhookSecret } from '../domain/webhook.ts'

/** What a developer may change of an endpoint. */
export type WebhookChange = Partial<Pick<Webhook, 'url' | 'client_id' | 'events' | 'description'>>

/** Names one delivery. `attempts` tells which attempt is meant: one that was overtaken changes nothing. */
export type DeliveryKey = Pick<Delivery, 'webhook_id' | 'event_id'>
export type Attempt = DeliveryKey & Pick<Delivery, 'attempts'>

export interface AttemptOutcome extends Pick<Delivery, 'state' | 'due_at' | 'status' | 'problem'> {
  readonly duration_ms: number
  /** Whether the endpoint has to make do with the room for slow ones. */
  readonly slow: boolean
}

export interface ClaimForm {
  readonly now: number
  /** Until when nobody else takes them, epoch seconds. */
  readonly until: number
  readonly slow: boolean
  /** How many of one endpoint, of all endpoints of one developer, and of all, at most. */
  readonly ofEach: number
  readonly ofDeveloper: number
  readonly limit: number
  /** How many each developer has already, by id: they count against `ofDeveloper`. */
  readonly held: Readonly<Record<string, number>>
  /** Endpoints to leave out. */
  readonly except: readonly string[]
}

export interface Claimed {
  readonly delivery: Delivery
  readonly developer_id: string
}

/** Webhook endpoints, what is to be delivered to them, and the facts that becomes of. */
export interface Webhooks extends Endpoints, Deliveries, WebhookFacts {}

export interface Endpoints {
  /** With its first secret, in one transaction. False, and nothing added, when its developer has `most` already. */
  add(webhook: Webhook, secret: WebhookSecret, most: number): Promise<boolean>
  find(id: string): Promise<Webhook | undefined>
  /** Oldest first. */
  list(developer_id: string): Promise<readonly Webhook[]>
  change(id: string, change: WebhookChange): Promise<void>
  /** Delivers again, and forgets that it failed. */
  enable(id: string, now: number): Promise<void>
  /** Gives up what waits for it, in the same transaction. True for the one who did it. */
  disable(id: string, because: DisabledBecause, now: number): Promise<boolean>
  /** True for the first who notes that its developer is told of failures. */
  warn(id: string, now: number): Promise<boolean>
  /** With its secrets; what was delivered to it is not found any more. */
  delete(id: string): Promise<void>
  /** Newest first: those that sign at `now`. */
  signingSecrets(webhook_id: string, now: number): Promise<readonly WebhookSecret[]>
  /** Adds the new secret, lets the one before sign until `retires_at` and ends all others, in one transaction. */
  rotateSecret(secret: WebhookSecret, retires_at: number): Promise<void>
}

export interface Deliveries {
  /** One delivery to one endpoint, whatever kinds it asked for. False when it has it already. */
  addDelivery(delivery: Delivery): Promise<boolean>
  /** To every endpoint that wants to hear of them; what it has already stays as it is. */
  tell(events: readonly NewWebhookEvent[], now: number): Promise<void>
  findDelivery(key: DeliveryKey): Promise<Delivery | undefined>
  /** Newest first; `after` goes on where an earlier list ended. */
  deliveries(
    webhook_id: string,
    page: {
      readonly limit: number
      readonly state?: Delivery['state'] | undefined
      readonly after?: Pick<Delivery, 'created_at' | 'event_id'> | undefined
    },
  ): Promise<readonly Delivery[]>
  /** Begins the attempts anew. */
  redeliver(key: DeliveryKey, now: number): Promise<void>
  /** Whether anything is to be delivered at `now`: cheap, however much lies there. */
  anyDue(now: number): Promise<boolean>
  /** How many are due and taken by nobody, and how many wait for a later time, those taken among them. */
  waiting(now: number): Promise<{ readonly due: number; readonly later: number }>
  /**
   * Takes deliveries that are due, for one attempt each. Of many who take at once each gets others; what somebody took
   * and never settled is there again after `until`. One endpoint of each developer comes before anybody's second, and among
   * those the one that was attempted longest ago, however long its list. Those of developers who are not active wait.
   */
  claim(form: ClaimForm): Promise<readonly Claimed[]>
  /** Notes what came of an attempt, at the delivery and at its endpoint. False when it was overtaken. */
  settle(attempt: Attempt, outcome: AttemptOutcome, now: number): Promise<boolean>
}

/** A secret that was rotated out, is near its end, and has been used since. */
export interface ExpiringSecret {
  readonly id: string
  readonly client_id: string
  readonly retires_at: number
  readonly last_used_at: number
}

/** What has happened, read back from where it was recorded anyway. All times are epoch seconds. */
export interface WebhookFacts {
  /** Since when anybody wants to be told anything; undefined when nobody does. */
  listeningSince(): Promise<number | undefined>
  /**
   * For the one server whose turn it is: how far this reader has come, at first `begin`. Undefined when it is not yet
   * time, or somebody else was first.
   */
  takeTurn(
    reader: string,
    turn: { readonly now: number; readonly nextAt: number; readonly begin: number },
  ): Promise<number | undefined>
  reached(reader: string, at: number): Promise<void>
  /** The first second from `from` on in which a grant or a trace was made; undefined when there is none. */
  nextFact(from: number): Promise<number | undefined>
  /** Where to stop for a bite of `most` grants and as many traces, about: after `from` by a second or more, `to` at most. */
  biteEnd(from: number, to: number, most: number): Promise<number>
  /** Tells of the grants whose ids were made in `[from, to)`, in statements of so many grants each. */
  tellApproved(
    from: number,
    to: number,
    form: { readonly now: number; readonly atOnce: number },
  ): Promise<void>
  /** Traces from `[from, to)` of clients somebody listens for, whose steps hold the text; at most `limit`. */
  tracesWith(
    text: string,
    from: number,
    to: number,
    limit: number,
  ): Promise<readonly { trace_id: string; at: number; client_id: string; steps: string }[]>
  /** What fails in the two hours before `now` for clients somebody listens for, and did not in the 24 hours before. */
  newFailures(now: number): Promise<readonly { client_id: string; reason: string; hour: number }[]>
  expiringSecrets(now: number, until: number): Promise<readonly ExpiringSecret[]>
}
