import { Button, type ButtonProps } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'

/** Copies a text, and says for two seconds that it did. */
export function CopyButton({
  text,
  what,
  children = 'Copy',
  onCopied,
  ...look
}: {
  text: string
  /** For those who hear the button alone: `client secret`. */
  what: string
  children?: string
  onCopied?: () => void
} & Omit<ButtonProps, 'children'>) {
  const { copy, copied, error } = useClipboard()
  const words = error !== null ? 'Not copied' : copied ? 'Copied' : children
  return (
    <Button
      size="xs"
      variant="default"
      {...look}
      className="vk-copy"
      aria-label={`${children} ${what}`}
      onClick={() => {
        copy(text)
        onCopied?.()
      }}
    >
      <span aria-live="polite">{words}</span>
    </Button>
  )
}
