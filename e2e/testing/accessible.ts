import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright'
import { expect } from 'vitest'

/**
 * What every page is looked at in: each width and each colour scheme once, since axe takes long and a width changes no
 * colour. The narrow one is as narrow as a page must bear to be. @source WCAG 2.2 §1.4.10
 */
export const looks = [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
] as const

/** Axe finds nothing serious on the page as it is now, and no part of it is wider than the window. */
export async function expectAccessible(page: Page, what = page.url()): Promise<void> {
  // In legacy mode axe works in this page alone, not in a second one that it opens: no page of ours has frames.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
  const { violations } = await axe.analyze()
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
  expect([what, grave]).toEqual([what, []])
  await expectNoSideways(page, what)
}

/** Nobody has to scroll sideways. */
export async function expectNoSideways(page: Page, what = page.url()): Promise<void> {
  const over = await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth))
  expect([what, over]).toEqual([what, 0])
}
