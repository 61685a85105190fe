import { type CSSVariablesResolver, createTheme, type MantineColorsTuple, Notification } from '@mantine/core'

const key: MantineColorsTuple = [
  '#eaf3fc',
  '#d3e4f7',
  '#a5c8ef',
  '#74aae7',
  '#4d91e0',
  '#3581dc',
  '#2469b5',
  '#145fae',
  '#0b5cad',
  '#094b8e',
]

const red: MantineColorsTuple = [
  '#fdecea',
  '#fbd5d1',
  '#ff9a92',
  '#f0736a',
  '#e2544a',
  '#d64338',
  '#c2362c',
  '#b92e25',
  '#b3261e',
  '#8f1d17',
]

/** The greys of the dark scheme, in which `tokens.css` is at home. */
const dark: MantineColorsTuple = [
  '#e3e7ec',
  '#c4ccd5',
  '#a0aab5',
  '#8a95a1',
  '#333c46',
  '#28313a',
  '#1a2027',
  '#12161b',
  '#0d1014',
  '#090b0e',
]

/** The component library in the product's own look: `tokens.css` decides, and contrast holds in both schemes. */
export const theme = createTheme({
  primaryColor: 'key',
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  colors: { key, red, dark },
  fontFamily: 'var(--vk-font)',
  fontFamilyMonospace: 'var(--vk-mono)',
  headings: { fontFamily: 'var(--vk-font)', fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
  },
})

// The library sets its own for each scheme, so ours are set there as well: `light-dark()` in them knows which it is.
const shared = {
  '--mantine-color-body': 'var(--vk-paper)',
  '--mantine-color-text': 'var(--vk-ink)',
  '--mantine-color-dimmed': 'var(--vk-soft)',
  '--mantine-color-placeholder': 'var(--vk-soft)',
  '--mantine-color-anchor': 'var(--vk-link)',
  '--mantine-color-error': 'var(--vk-bad)',
  '--mantine-color-default': 'var(--vk-raised)',
  '--mantine-color-default-hover': 'var(--vk-tint)',
  '--mantine-color-default-color': 'var(--vk-ink)',
  '--mantine-color-default-border': 'var(--vk-line)',
  '--mantine-color-disabled': 'color-mix(in srgb, var(--vk-soft) 14%, var(--vk-raised))',
  '--mantine-color-disabled-color': 'var(--vk-soft)',
}

/** Said for each scheme: the library's own are, and would win. */
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared })
