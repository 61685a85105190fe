/**
 * A browser as its owner would name it, such as `Firefox on Linux`. What names none we know stands for itself; it is
 * hostile text. The order counts: most browsers claim to be several others as well.
 */
export function browserInWords(user_agent: string): string {
  if (user_agent === '') return 'An unnamed program'
  const browser = browsers.find(([, mark]) => mark.test(user_agent))?.[0]
  if (browser === undefined) return user_agent
  const system = systems.find(([, mark]) => mark.test(user_agent))?.[0]
  return system === undefined ? browser : `${browser} on ${system}`
}

const browsers = [
  ['Edge', /\bEdg(?:A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Headless)?Chrome\/|\bCriOS\//],
  ['Safari', /\bAppleWebKit\/.*\bVersion\//],
] as const

const systems = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const
