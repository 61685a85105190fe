import { Button, Textarea } from '@mantine/core'
import type { DiagnosisAnswer } from '@valetkey/protocol'
import { useEffect, useRef, useState } from 'react'
import { call } from '../../api.ts'
import { Failed } from '../../ui/failed.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { TextLink } from '../../ui/text-link.tsx'
import { useAction } from '../../ui/use-action.ts'
import { Explained } from './explained.tsx'
import { isJwtAlone, ofJwtAlone, requestOf } from './pasted.ts'
import './token-requests.css'

interface Diagnosed {
  readonly diagnosis: DiagnosisAnswer
  readonly jwtAlone: boolean
}

/** Looks at a request that somebody pastes. The text is in this component alone: in no address, cache or storage. */
export function DiagnosePage() {
  const [text, setText] = useState('')
  const [diagnosed, setDiagnosed] = useState<Diagnosed>()
  const { run, busy, failure } = useAction(async () => {
    setDiagnosed(undefined)
    const jwtAlone = isJwtAlone(text)
    const body = { request: requestOf(text) }
    const diagnosis = await call<DiagnosisAnswer>('/token-requests/diagnose', { method: 'POST', body })
    setDiagnosed({ diagnosis: jwtAlone ? ofJwtAlone(diagnosis) : diagnosis, jwtAlone })
  })
  const send = () => {
    if (text.trim() !== '' && !busy) run()
  }
  return (
    <>
      <PageHeader
        title="Diagnose"
        lead="Paste a token request as you would send it, and see what is wrong with it. Nothing you paste is kept, and nothing is redeemed."
      />
      <form
        className="tr-diagnose"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <Textarea
          label="Request"
          description="A curl command, an HTTP request, its body alone, or just the JWT."
          rows={9}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
          }}
          placeholder={example}
          autoComplete="off"
          spellCheck={false}
          classNames={{ input: 'tr-pasted' }}
        />
        <div className="tr-diagnose-actions">
          <Button type="submit" loading={busy} disabled={text.trim() === ''}>
            Diagnose
          </Button>
          <Button
            variant="subtle"
            disabled={text === ''}
            onClick={() => {
              setText('')
              setDiagnosed(undefined)
            }}
          >
            Clear
          </Button>
        </div>
      </form>
      {failure !== undefined && <Failed error={failure} title="It was not diagnosed" retry={send} />}
      {diagnosed !== undefined && <Result {...diagnosed} />}
    </>
  )
}

const example = `curl ${location.origin}/api/v0/oauth2/token \\
  -H 'content-type: application/json' \\
  -d '{"client_id": "…", "client_secret": "eyJ…", "redirect_uri": "https://…", "code": "…"}'`

function Result({ diagnosis, jwtAlone }: Diagnosed) {
  const { client_id, client_name, explanation } = diagnosis
  const result = useRef<HTMLElement>(null)
  useEffect(() => result.current?.focus(), [])
  return (
    <section ref={result} tabIndex={-1} className="tr-result-of-paste" aria-label="Diagnosis">
      <Explained
        explanation={explanation}
        fine={jwtAlone ? 'Nothing is wrong with this JWT.' : 'Nothing is wrong: the server would grant this.'}
        stops="the server would stop here"
      >
        <p className="tr-about vk-break">
          {jwtAlone && 'Only the JWT was looked at, not what goes with it. '}
          {client_id !== null && (
            <>
              Client:{' '}
              {client_name === null ? (
                <>
                  <code>{client_id}</code> (none of yours)
                </>
              ) : (
                <TextLink to="/clients/$client_id" params={{ client_id }}>
                  {client_name}
                </TextLink>
              )}
              .
            </>
          )}
        </p>
      </Explained>
    </section>
  )
}
