import type { Recorder } from '../../../packages/server/src/deps.ts'
import type { Store } from '../../../packages/server/src/store/store.ts'

export interface Watched<Of> {
  readonly it: Of
  /** The names of what was called since the last time, in order. */
  taken(): string[]
}

/** Any object of functions, or of groups of them, that tells what is called. */
export function watched<Of extends object>(of: Of): Watched<Of> {
  const calls: string[] = []
  return { it: telling(of, '', calls), taken: () => calls.splice(0) }
}

function telling<Of extends object>(of: Of, path: string, calls: string[]): Of {
  return new Proxy(of, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver)
      const called = `${path}${String(name)}`
      if (typeof value === 'function')
        return (...given: unknown[]): unknown => {
          calls.push(called)
          return Reflect.apply(value, target, given)
        }
      return typeof value === 'object' && value !== null ? telling(value, `${called}.`, calls) : value
    },
  })
}

/** Writes nothing, so that what a request itself asks of the store stands alone. */
export const silentRecorder: Recorder = {
  trace: () => undefined,
  audit: () => undefined,
  secretUsed: () => undefined,
  flush: async () => undefined,
}

/** The store with one of its methods in other hands; `method` as in `codes.redeem`. */
export function withMethod<Group extends keyof Store>(
  store: Store,
  group: Group,
  methods: Partial<Store[Group]>,
): Store {
  return { ...store, [group]: { ...Object(store[group]), ...methods } }
}
