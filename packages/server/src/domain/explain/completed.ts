import { asUnreached, isFailure, type TraceStep, tokenRequestSteps } from '../token-request.ts'

/**
 * The trace of a request that was answered, completed by what a second look found. What the request met at its time
 * stays as it was; the second look adds the steps that it did not reach, and tells failures more precisely.
 */
export function completed(
  taken: readonly TraceStep[],
  inspected: readonly TraceStep[],
): readonly TraceStep[] {
  return tokenRequestSteps.flatMap((step) => {
    const [then] = taken.filter((one) => one.step === step)
    const now = inspected.filter((one) => one.step === step)
    if (then === undefined) return now.map(asUnreached)
    const precise = now.length > 0 && isFailure(then) && now.every(isFailure)
    return precise ? now.map((one) => ({ ...one, result: then.result })) : [then]
  })
}
