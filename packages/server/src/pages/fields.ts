import { type Html, html } from '../http/html.ts'

/** One line of a form. The page's script knows it by its id, which is its name where it has no other. */
type Field = (
  | { readonly name: string; readonly id?: string }
  | { readonly id: string; readonly name?: never }
) & {
  readonly label: string
  /** What it is said to be missing when it is empty; without it, it may stay empty. */
  readonly missing?: string
  readonly autocomplete: string
  readonly value?: string
  readonly hint?: string | Html
  readonly first?: true
  /** The most characters that it takes. */
  readonly longest?: number
  /** Attributes that no other field has. */
  readonly also?: Html
}

/** Free text, a line of it. */
export const textField = (field: Field): Html => fieldOf(field, inputOf(field, 'text'))

/** A day, as `2026-03-01`. */
export const dateField = (field: Field): Html => fieldOf(field, inputOf(field, 'date'))

/** Of type `text`: browsers rewrite what is in one of type `email`, and refuse addresses that the server takes. */
export const emailField = (field: Pick<Field, 'first'> = {}): Html =>
  textField({
    name: 'email',
    label: 'E-mail address',
    missing: 'Enter your e-mail address.',
    autocomplete: 'username',
    also: html` inputmode="email"${asTyped}`,
    ...field,
  })

/** A password or a passphrase, with a button beside it that shows what was typed. */
export const secretField = (field: Field): Html => {
  const shown = `Show ${field.label.charAt(0).toLowerCase()}${field.label.slice(1)}`
  return fieldOf(
    field,
    html`<div class="beside">
${inputOf({ ...field, also: html`${asTyped}${field.also}` }, 'password')}
<button type="button" class="button secondary" aria-controls="${idOf(field)}" aria-pressed="false" aria-label="${shown}" disabled>Show</button>
</div>`,
  )
}

/** The password of an account. */
export const passwordField = (field: Pick<Field, 'label' | 'missing' | 'hint' | 'autocomplete'>): Html =>
  secretField({ name: 'password', missing: 'Enter a password.', ...field })

/** For what keyboards must neither capitalise nor correct. */
export const asTyped: Html = html` autocapitalize="none" spellcheck="false"`

const idOf = ({ id, name }: Field): string => id ?? name ?? ''

const fieldOf = (field: Field, input: Html): Html => {
  const id = idOf(field)
  return html`<div class="field">
<label for="${id}">${field.label}</label>
${input}
${field.hint && html`<p class="hint" id="${id}-hint">${field.hint}</p>`}
<p class="error" id="${id}-error"></p>
</div>`
}

const inputOf = (field: Field, type: 'text' | 'password' | 'date'): Html => {
  const id = idOf(field)
  const { name, autocomplete, value, missing, hint, first, longest = 1024, also } = field
  return html`<input type="${type}" id="${id}"${name && html` name="${name}"`}${value && html` value="${value}"`} autocomplete="${autocomplete}"${type === 'date' ? undefined : html` maxlength="${longest}"`}${missing && html` required data-missing="${missing}"`} aria-describedby="${hint && `${id}-hint `}${id}-error"${also}${first && html` autofocus`}>`
}

/** Rests until the script is there: without it, a form would be sent by the browser itself. */
export const submitButton = (words: string): Html =>
  html`<button type="submit" class="button wide" disabled>${words}</button>`

/** Where the script says what no field is to blame for. */
export const formAlert: Html = html`<div class="alert bad" role="alert"></div>`

export const needsScripts: Html = html`<noscript><p class="alert warn">This page needs JavaScript. Allow it for this site, then load the page again.</p></noscript>`
