import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import type { WebhookAnswer, WebhookDeliveryAnswer } from '@valetkey/protocol'
import { call } from '../../api.ts'
import { useAction } from '../../ui/use-action.ts'
import { wordsOf } from '../../ui/words-of.ts'
import { webhookPath } from './webhook-queries.ts'

/** Sends an event at once and says what came of it. */
export function SendTest({ webhook }: { webhook: WebhookAnswer }) {
  const queries = useQueryClient()
  const send = async () => {
    try {
      const { state, status, duration_ms, explanation } = await call<WebhookDeliveryAnswer>(
        webhookPath(webhook.id, '/test'),
        { method: 'POST' },
      )
      notifications.show(
        state === 'delivered'
          ? { message: `Delivered: ${status} in ${duration_ms} ms.` }
          : { color: 'red', title: 'Not delivered', message: explanation },
      )
    } catch (error) {
      notifications.show({ color: 'red', title: 'Not sent', message: wordsOf(error) })
    }
    await queries.invalidateQueries({ queryKey: ['webhooks'] })
  }
  const { run, busy } = useAction(send)
  return (
    <Button variant="default" loading={busy} disabled={webhook.state === 'disabled'} onClick={() => run()}>
      Send a test event
    </Button>
  )
}
