import { CopyButton } from './copy-button.tsx'

/** Text for a machine, with the button that copies it. */
export function CodeBlock({ code, what }: { code: string; what: string }) {
  return (
    <div className="vk-code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by the arrow keys as well */}
      <section tabIndex={0} aria-label={what}>
        <pre>
          <code>{code}</code>
        </pre>
      </section>
      <CopyButton text={code} what={what} />
    </div>
  )
}
