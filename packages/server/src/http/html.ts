/** Text that is HTML. Made by `html` alone. */
export interface Html {
  readonly html: string
}

type Inset = string | number | Html | undefined | readonly Inset[]

/** A template whose insets are escaped, but for those that are HTML already. Undefined leaves nothing. */
export function html({ raw }: TemplateStringsArray, ...insets: readonly Inset[]): Html {
  return { html: String.raw({ raw }, ...insets.map(escaped)) }
}

function escaped(inset: Inset): string {
  if (inset === undefined) return ''
  if (typeof inset === 'string' || typeof inset === 'number')
    return String(inset).replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return 'html' in inset ? inset.html : inset.map(escaped).join('')
}
