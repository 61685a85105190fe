import { type ConsentPageData, isWithin, type Place, parseScopes, placeScope } from '@valetkey/protocol'
import { blame, clear } from '../parts/blame.ts'
import { byId } from '../parts/page-data.ts'

export interface ChosenPlaces {
  readonly scopes: readonly string[]
  /** Requested scopes that the user took out. */
  readonly dropped: readonly string[]
}

export interface Places {
  /** Undefined when something is missing or wrong; then the page says what. */
  read(): ChosenPlaces | undefined
  isChosen(): boolean
  /** Whether the whole project is what was chosen. */
  isWhole(): boolean
}

type Asked = ConsentPageData['asked']['places']

/** Where the app may go: the places it asks for, each as it is or narrower; where it names none, what the user names. */
export const openPlaces = (form: HTMLFormElement, asked: Asked): Places =>
  asked.length === 0 ? freePlace(form) : askedPlaces(form, asked)

function askedPlaces(form: HTMLFormElement, asked: Asked): Places {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name=place]')]
  const inputs = asked.map((_, at) => byId(`prefix-${at}`, HTMLInputElement))
  const kept = (at: number) => boxes.length === 0 || boxes[at]?.checked === true

  /** The scope of what is left of this place; undefined when the text is no part of it. */
  function narrowed(at: number): string | undefined {
    const place = asked[at]
    if (place === undefined) return undefined
    const text = textIn(inputs[at], place)
    if (text === place.prefix) return place.scope
    const problem = problemOf({ bucket: place.bucket, prefix: text }, place)
    if (problem === undefined) return placeScope({ bucket: place.bucket, prefix: text })
    blame(`prefix-${at}`, problem)
    return undefined
  }

  inputs.forEach((input, at) => {
    input.addEventListener('input', () => {
      const place = asked[at]
      const problem = place && problemOf({ bucket: place.bucket, prefix: textIn(input, place) }, place)
      say(input.id, problem)
    })
  })
  for (const [at, box] of boxes.entries())
    box.addEventListener('input', () => {
      const input = inputs[at]
      if (input !== undefined) input.disabled = !box.checked
      clear('places')
    })

  return {
    read() {
      const at = asked.map((_, index) => index)
      const scopes = at.filter(kept).map(narrowed)
      if (scopes.length === 0) return void blame('places', 'Leave at least one of these buckets, or deny.')
      const good = scopes.filter((scope) => scope !== undefined)
      if (good.length < scopes.length) return undefined
      return {
        scopes: good,
        dropped: at.filter((index) => !kept(index)).map((index) => asked[index]?.scope ?? ''),
      }
    },
    isChosen: () => true,
    isWhole: () => false,
  }
}

function freePlace(form: HTMLFormElement): Places {
  const reach = [...form.querySelectorAll<HTMLInputElement>('input[name=reach]')]
  const chosen = () => reach.find(({ checked }) => checked)?.value
  const [bucket, prefix] = [byId('bucket', HTMLInputElement), byId('prefix', HTMLInputElement)]
  const place = (): Place => ({ bucket: bucket.value.trim(), prefix: prefix.value.trim() })
  const bucketProblem = () => problemOf({ bucket: place().bucket, prefix: '' })
  const prefixProblem = () => problemOf({ bucket: 'any', prefix: place().prefix })

  for (const radio of reach)
    radio.addEventListener('input', () => {
      clear('places')
      const part = form.querySelector<HTMLElement>('#one-bucket')
      if (part !== null) part.hidden = chosen() !== 'bucket'
    })
  prefix.addEventListener('input', () => say('prefix', prefixProblem()))
  // A name that is still being typed is too short for a while: that is said when it is left.
  bucket.addEventListener('input', () => say('bucket', bucket.value.length < 3 ? undefined : bucketProblem()))
  bucket.addEventListener('change', () => say('bucket', bucketProblem()))

  return {
    read() {
      if (chosen() === undefined) return void blame('places', 'Choose one bucket or the whole project.')
      if (chosen() === 'project') return { scopes: [], dropped: [] }
      const problems = [
        ['prefix', prefixProblem()],
        ['bucket', place().bucket === '' ? 'Enter the name of the bucket.' : bucketProblem()],
      ] as const
      for (const [id, problem] of problems) if (problem !== undefined) blame(id, problem)
      return problems.some(([, problem]) => problem !== undefined)
        ? undefined
        : { scopes: [placeScope(place())], dropped: [] }
    },
    isChosen: () => chosen() !== undefined,
    isWhole: () => chosen() === 'project',
  }
}

/** What was typed, without spaces around it; but what was asked for may have some. */
const textIn = (input: HTMLInputElement | undefined, { prefix }: Place): string =>
  input === undefined || input.value === prefix ? prefix : input.value.trim()

/** In the words of whoever typed it. */
function problemOf(place: Place, within?: Place): string | undefined {
  const parsed = parseScopes([placeScope(place)])
  if (!parsed.ok) return sentence(parsed.problem)
  if (within === undefined || isWithin(parsed.set, { actions: [], places: [within] })) return undefined
  return `That is not in ${within.prefix}, and more than the app asks for.`
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`

function say(id: string, problem: string | undefined): void {
  clear(id)
  if (problem !== undefined) blame(id, problem, { focus: false })
}
