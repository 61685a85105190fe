import { Skeleton } from '@mantine/core'

/** The place that something will take, in lines of the height it will have. */
export function Loading({ lines = 3, height = 44 }: { lines?: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading" className="vk-loading">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <Skeleton key={index} height={height} />
      ))}
    </div>
  )
}
