import { useState } from 'react'

/**
 * One thing that a button does: whether it is under way, and why the last try failed. Unlike a mutation it keeps no
 * answer, so a secret stays where the caller puts it.
 */
export function useAction<Args extends readonly unknown[]>(act: (...args: Args) => Promise<void>) {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  async function run(...args: Args): Promise<void> {
    setBusy(true)
    setFailure(undefined)
    try {
      await act(...args)
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  return { run: (...args: Args) => void run(...args), busy, failure, forget: () => setFailure(undefined) }
}
