/** What a server can be asked over its channel. */
export interface Asks {
  /** Bytes of memory, microseconds of CPU since the start. */
  readonly usage: { readonly form: null; readonly answer: { rss: number; cpu: number } }
  /** Authorization codes, fresh and unspent. */
  readonly codes: { readonly form: { count: number }; readonly answer: string[] }
  /** Access tokens that are good. */
  readonly tokens: { readonly form: { count: number }; readonly answer: string[] }
  /** What the process did since it was last asked: a CPU profile as the inspector writes it. The first time nothing. */
  readonly profile: { readonly form: null; readonly answer: string }
  /** Argon2id as root keys are derived with it, `atOnce` together. */
  readonly derivations: {
    readonly form: { count: number; atOnce: number }
    readonly answer: { seconds: number }
  }
}

type Answers = { readonly [Verb in keyof Asks]?: (form: Asks[Verb]['form']) => Promise<Asks[Verb]['answer']> }
type Question = { [Verb in keyof Asks]: { id: string; verb: Verb; form: Asks[Verb]['form'] } }[keyof Asks]

/** Tells the parent the port, answers what it asks, and ends when it is gone. */
export function answerParent(
  port: number,
  answers: Answers = {},
  close: () => Promise<void> = async () => {},
): void {
  const all: Answers = { usage, ...answers }
  process.on('message', (question: Question) => {
    void reply(question).then((answer) => process.send?.({ [question.id]: answer }))
  })
  const reply = async ({ verb, form }: Question): Promise<unknown> => {
    const answer = all[verb] as ((form: Question['form']) => Promise<unknown>) | undefined
    return answer?.(form)
  }
  const end = (): void => void close().finally(() => process.exit())
  process.once('disconnect', end).once('SIGTERM', end)
  process.send?.({ port })
}

async function usage() {
  const { user, system } = process.cpuUsage()
  return { rss: process.memoryUsage.rss(), cpu: user + system }
}
