import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings, serve } from '@valetkey/server'
import type { Command } from 'commander'
import { type Scene, type Stage, StoryBroken, stageAt } from '../demo/stage.ts'
import { playStory } from '../demo/story.ts'
import { AnsweredNo } from '../errors.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, printJson } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Play the whole story, from "invalid_client" to a revoked access grant, with real requests against a server of its own that is gone afterwards. Every step is checked.',
    )
    .addOption(jsonOption())
    .action((options: { json?: true }) => demo(cli, options))
  examples(command, 'valetkey demo', "valetkey demo --json | jq '.steps[].title'")
}

async function demo(cli: Cli, { json = false }: { json?: boolean }): Promise<void> {
  const started = performance.now()
  const data = await mkdtemp(join(tmpdir(), 'valetkey-demo-'))
  const errors: string[] = []
  const log = {
    info: () => {},
    error: (event: string, fields?: Record<string, unknown>) =>
      void errors.push(JSON.stringify({ event, ...fields })),
  }
  try {
    // Nothing of the environment: the story is the same on every machine.
    const server = await serve(readSettings({ port: '0', data }, {}), log)
    const stage = stageAt(server.url, cli, { quiet: json })
    try {
      if (!json) cli.out.line(cli.out.paint('dim', `A fresh server at ${server.url}, data in ${data}.`))
      await playStory(stage, server, cli, { quiet: json })
      if (json) printJson(cli, { ok: true, steps: stage.scenes })
      else sayEnd(cli, stage.scenes, performance.now() - started)
    } catch (thrown) {
      tellBroken(cli, stage, thrown, { json, errors })
      throw new AnsweredNo()
    } finally {
      await server.close()
    }
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

function sayEnd({ out }: Cli, scenes: readonly Scene[], ms: number): void {
  const promises = scenes.flatMap((scene) => scene.promises).length
  out.line()
  out.line(
    `${out.paint('green', 'The end.')} ${scenes.length} steps, ${promises} promises kept, ${(ms / 1000).toFixed(1)} s. "npm start" runs a server that stays.`,
  )
}

function tellBroken(
  cli: Cli,
  { scenes }: Stage,
  thrown: unknown,
  { json, errors }: { json: boolean; errors: readonly string[] },
): void {
  const step = scenes.at(-1)?.title ?? 'the beginning'
  const why =
    thrown instanceof StoryBroken
      ? thrown.message
      : `step ${scenes.length}, "${step}": ${thrown instanceof Error ? thrown.message : String(thrown)}`
  if (json)
    printJson(cli, { ok: false, failed: step, error: 'story_broken', error_description: why, steps: scenes })
  cli.err.line(`${cli.err.paint('red', '✗')} ${why}`)
  for (const line of errors) cli.err.line(`  ${line}`)
}
