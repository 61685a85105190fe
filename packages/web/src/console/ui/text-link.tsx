import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> }

/** A link to a page of the console in a line of text. */
export const TextLink = createLink((props: AnchorProps & LinkProps) => (
  <Anchor underline="always" {...props} />
))
