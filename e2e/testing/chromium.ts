import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The path of a Chromium: of the CHROMIUM setting alone when there is one, else of the system, else of Playwright. */
export function findChromium(): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env
  const ofPlaywright = () => chromium.executablePath()
  const onPath = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)))
  return (CHROMIUM === undefined ? [...onPath, ofPlaywright()] : [CHROMIUM]).find((path) => existsSync(path))
}

/** How the tests start it: without a sandbox, which root has none of, and without asking anybody for anything. */
export const launchOptions = () => ({
  args: '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  ),
  ...withPath(findChromium()),
})

/** Without one Playwright says what it looked for. */
const withPath = (executablePath: string | undefined) =>
  executablePath === undefined ? {} : { executablePath }
