import { queryOptions } from '@tanstack/react-query'
import type { WebhookAnswer, WebhookDeliveryListAnswer } from '@valetkey/protocol'
import { call } from '../../api.ts'

export const webhookPath = (id: string, below = ''): string => `/webhooks/${encodeURIComponent(id)}${below}`

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: () => call<WebhookAnswer[]>('/webhooks'),
})

export const webhookQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', id],
    queryFn: () => call<WebhookAnswer>(webhookPath(id)),
  })

/** While something is under way it is soon otherwise. */
export const deliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', id, 'deliveries'],
    queryFn: () => call<WebhookDeliveryListAnswer>(webhookPath(id, '/deliveries'), { query: { limit: 50 } }),
    refetchInterval: 5_000,
  })
