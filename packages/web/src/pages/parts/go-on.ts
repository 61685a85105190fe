import type { AccountPageData } from '@valetkey/protocol'

const channel = new BroadcastChannel('valetkey')

/** Leaves this page for what was wanted, if that is not another tab; whoever comes back does not meet the form again. */
export function goOn({ next }: Pick<AccountPageData, 'next'>): void {
  if (next === 'reload') location.reload()
  else if (next !== 'close') location.replace(next.go_to)
}

/** Goes on, and with it every other tab that waits at the same door. */
export function signedIn(data: AccountPageData): void {
  channel.postMessage({ signed_in: data.kind })
  goOn(data)
}

/** Goes on as well when somebody has signed in at this door in another tab. */
export function goOnWithOthers(data: AccountPageData): void {
  channel.addEventListener('message', (event: MessageEvent<{ signed_in?: string }>) => {
    if (event.data.signed_in === data.kind) goOn(data)
  })
  // A page taken out of the back-forward cache still waits for an answer that it has had.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
}
