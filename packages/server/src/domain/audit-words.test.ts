import { describe, expect, test } from 'vitest'
import { actionsNamed, auditNames, auditWords, kindsThatSay } from './audit-words.ts'

const success = 'success'
const failed = 'failed'

describe('what a user reads', () => {
  test.each([
    ['oauth.requested', success, 'OAUTH2_REQUEST', 'The app "Photos" asked for access to your storage.'],
    ['oauth.approved', success, 'OAUTH2_CONSENT', 'You gave the app "Photos" access to your storage.'],
    ['oauth.rejected', success, 'OAUTH2_CONSENT', 'You refused the app "Photos" access to your storage.'],
    ['oauth.redeemed', success, 'OAUTH2_TOKEN', 'The access you gave the app "Photos" was handed out.'],
    ['access.revoked', success, 'DEVELOPER_ACCESS_REVOKE', 'You ended all access of the app "Photos".'],
    ['user.signed_out_everywhere', success, 'USER_SIGNED_OUT_EVERYWHERE', 'You signed out everywhere.'],
    ['user.session_ended', success, 'USER_SESSION_ENDED', 'You ended one of your sessions.'],
    ['user.signed_in', failed, 'USER_SIGNED_IN', 'Somebody tried to sign in to your account.'],
    ['made.up', failed, 'made.up', 'made.up: failed.'],
  ] as const)('of %s, %s: %s', (action, outcome, name, message) => {
    expect(auditWords({ action, outcome }, 'Photos')).toEqual({ name, message })
  })

  test('an app without a name is an app, and a name is never a pattern', () => {
    const event = { action: 'oauth.requested', outcome: success } as const
    expect(auditWords(event, null).message).toBe('An app asked for access to your storage.')
    expect(auditWords(event, "$& {app} $'").message).toBe(
      `The app "$& {app} $'" asked for access to your storage.`,
    )
  })
})

test('the names to filter by hold those of the contract, each once', () => {
  for (const name of ['OAUTH2_REQUEST', 'OAUTH2_CONSENT', 'OAUTH2_TOKEN', 'DEVELOPER_ACCESS_REVOKE'])
    expect(auditNames.filter((one) => one === name)).toHaveLength(1)
  for (const name of auditNames) {
    const [action = ''] = actionsNamed(name)
    expect(auditWords({ action, outcome: success }, null).name).toBe(name)
  }
})

test('a name stands for its actions, and an unknown one for itself', () => {
  expect(actionsNamed('OAUTH2_CONSENT')).toEqual(['oauth.approved', 'oauth.rejected'])
  expect(actionsNamed('__proto__')).toEqual(['__proto__'])
})

test('a text finds the kinds of event that say it, by outcome, letter case aside', () => {
  expect(kindsThatSay('YOU signed IN')).toEqual([{ action: 'user.signed_in', outcome: success }])
  expect(kindsThatSay('oauth2_token')).toEqual([
    { action: 'oauth.redeemed', outcome: success },
    { action: 'oauth.redeemed', outcome: failed },
  ])
  expect(kindsThatSay('nothing says this')).toEqual([])
})
