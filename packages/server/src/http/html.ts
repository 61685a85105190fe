import { hash } from 'node:crypto'

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

const style = [
  ':root{color-scheme:light dark;--ink:#1c2128;--soft:#57606a;--line:#d8dee4;--tint:#f3f5f7;--link:#0b5cad}',
  '@media(prefers-color-scheme:dark){:root{--ink:#e3e7ec;--soft:#98a2ad;--line:#313840;--tint:#1b2027;--link:#7fb8f5}}',
  'body{max-width:46rem;margin:0 auto;padding:clamp(1.25rem,5vw,3rem) 1.25rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:Canvas}',
  'code,pre,var{font:.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}pre var{font-size:1em;color:var(--link)}',
  'h1{margin:.5rem 0;font-size:clamp(1.3rem,4.5vw,1.65rem);line-height:1.25}h1 code{font-size:.95em}',
  'h2{margin:2rem 0 .5rem;font-size:1.1rem}h3{margin:0;font-size:1rem}p,ul{margin:.5rem 0}a{color:var(--link);text-underline-offset:.15em}',
  '.soft{color:var(--soft);font-size:.85rem}code.soft{font-size:.8rem}.soft code,code.soft{display:inline-block}h3+.soft{margin:.1rem 0}h1+.soft{margin-bottom:1rem}',
  // A word is never broken: what is longer than its box scrolls.
  'pre{margin:.5rem 0;padding:.55rem .8rem;border-radius:.4rem;background:var(--tint);white-space:pre-wrap;overflow-x:auto}pre span{white-space:nowrap}',
  'aside{margin:1.25rem 0;padding:.6rem 1rem;border:1px solid var(--line);border-left:4px solid var(--link);border-radius:.4rem}',
  '.fix{padding-left:1.4em;font-weight:600}.fix::before{content:"\\2192";float:left;margin-left:-1.4em;color:var(--link)}td .fix{font-weight:inherit}',
  'section{margin:1.25rem 0;padding-left:1rem;border-left:3px solid var(--line)}section:target{border-color:var(--link)}',
  'details{margin:.75rem 0}summary{cursor:pointer;color:var(--link)}',
  'table{width:100%;border-collapse:collapse;table-layout:fixed;font-size:.95rem}tbody{border-top:1px solid var(--line)}',
  'th,td{padding:.35rem 0;vertical-align:top;text-align:left}th:last-child,td:last-child{padding-left:1.5rem}th:first-child{width:46%}th{color:var(--soft);font-size:.85rem}td p{margin:.15rem 0}',
  'ul{padding:0;list-style:none}.jump li{display:inline-block;margin-right:1.25rem}',
  '.entries li{display:grid;grid-template-columns:13rem 1fr;gap:0 1rem;padding:.35rem 0;border-top:1px solid var(--line)}.entries a:not(:hover){text-decoration:none}',
  '@media(max-width:40rem){thead{display:none}table,tbody,tr,td{display:block}td,td:last-child{padding:.25rem 0}.entries li{display:block}section{padding-left:.75rem}}',
].join('')

/** No script, nothing from elsewhere: the one style is named by its hash. */
export const contentPolicy = `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; base-uri 'none'; frame-ancestors 'none'`

/** A whole page, as it is sent with `contentPolicy`. */
export function wholePage(title: string, body: Html): string {
  const { html: text } = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title} - Valetkey</title>
<style>${{ html: style }}</style>
${body}
</html>
`
  return text
}
