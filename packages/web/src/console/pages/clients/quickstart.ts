/** What a quickstart is filled with. The secret is none of it: each program reads it from its environment. */
export interface QuickstartFacts {
  readonly client_id: string
  /** A registered one. */
  readonly redirect_uri: string
  /** Of this server, without a slash at its end. */
  readonly url: string
}

/** A program that proves who the client is and redeems a code, in one file and with nothing to install. */
export interface Quickstart {
  readonly language: string
  readonly needs: string
  readonly file: string
  /** How a shell runs it, up to the code. */
  readonly command: string
  readonly program: (facts: QuickstartFacts) => string
}

/** A registered redirect URI holds neither quotes nor backslashes, so JSON is what JavaScript, Python and Go write. */
const quoted = (text: string): string => JSON.stringify(text)
/** It may hold an apostrophe. */
const inShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Prints the link that a user opens to consent; the scopes are the client's own, or a sample where it has all. */
export function integrationCommand({
  client_id,
  redirect_uri,
  url,
  scopes,
}: QuickstartFacts & { scopes: readonly string[] }): string {
  const scope = scopes.length === 0 ? 'read,list,bucket:NAME' : scopes.join()
  const query = [
    `client_id=${inLink(client_id)}`,
    'client_secret=$(npx valetkey jwt create)',
    `redirect_uri=${inLink(redirect_uri)}`,
    `scope=${inLink(scope)}`,
  ]
  return `echo "${url}/oauth2-integration?${query.join('&')}"`
}

/** Between double quotes of a shell, to which `!` may be a command; a query may hold the rest as it is. */
const inLink = (text: string): string =>
  encodeURIComponent(text)
    .replace(/%(?:2C|2F|3A|3B)/g, decodeURIComponent)
    .replaceAll('!', '%21')

const node = ({ client_id, redirect_uri, url }: QuickstartFacts) => `import { createHmac } from 'node:crypto'

const url = ${quoted(url)}
const client_id = ${quoted(client_id)}
const redirect_uri = ${quoted(redirect_uri)}

// A JWT that lives for five minutes. Its key is the secret's text as it was shown, not decoded.
function jwt(secret) {
  const part = (content) => Buffer.from(JSON.stringify(content)).toString('base64url')
  const exp = Math.floor(Date.now() / 1000) + 300 // seconds, not milliseconds
  const signed = \`\${part({ alg: 'HS256', typ: 'JWT' })}.\${part({ client_id, exp })}\`
  return \`\${signed}.\${createHmac('sha256', secret).update(signed).digest('base64url')}\`
}

const response = await fetch(\`\${url}/api/v0/oauth2/token\`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    client_id,
    client_secret: jwt(process.env.VALETKEY_CLIENT_SECRET), // the JWT, never the secret
    redirect_uri,
    code: process.argv[2],
  }),
})
const answer = await response.json()

if (!response.ok) {
  console.error(\`\${answer.error}: \${answer.error_description}\`)
  console.error(\`Explained at \${url}/console/token-requests/\${answer.trace_id}\`)
  process.exit(1)
}
// answer.access_grant opens the storage: keep it like a password.
console.log(\`Access to \${answer.scopes.join(' ')} for \${answer.expires_in} s\`)
`

const python = ({
  client_id,
  redirect_uri,
  url,
}: QuickstartFacts) => `import base64, hashlib, hmac, json, os, sys, time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = ${quoted(url)}
CLIENT_ID = ${quoted(client_id)}
REDIRECT_URI = ${quoted(redirect_uri)}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(secret):
    """Lives for five minutes. Its key is the secret's text as it was shown, not decoded."""
    header = {"alg": "HS256", "typ": "JWT"}
    claims = {"client_id": CLIENT_ID, "exp": int(time.time()) + 300}
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return signed + "." + base64url(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))


form = {
    "client_id": CLIENT_ID,
    "client_secret": jwt(os.environ["VALETKEY_CLIENT_SECRET"]),  # the JWT, never the secret
    "redirect_uri": REDIRECT_URI,
    "code": sys.argv[1],
}
request = Request(f"{URL}/api/v0/oauth2/token", json.dumps(form).encode(), {"content-type": "application/json"})
try:
    answer = json.load(urlopen(request, timeout=30))
except HTTPError as refused:
    answer = json.load(refused)
    sys.exit(
        f"{answer['error']}: {answer['error_description']}\\n"
        f"Explained at {URL}/console/token-requests/{answer['trace_id']}"
    )
# answer["access_grant"] opens the storage: keep it like a password.
print(f"Access to {' '.join(answer['scopes'])} for {answer['expires_in']} s")
`

const go = ({ client_id, redirect_uri, url }: QuickstartFacts) => `package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	url         = ${quoted(url)}
	clientID    = ${quoted(client_id)}
	redirectURI = ${quoted(redirect_uri)}
)

// jwt lives for five minutes. Its key is the secret's text as it was shown, not decoded.
func jwt(secret string) string {
	claims := fmt.Sprintf(\`{"client_id":"%s","exp":%d}\`, clientID, time.Now().Unix()+300)
	base64url := base64.RawURLEncoding.EncodeToString
	signed := base64url([]byte(\`{"alg":"HS256","typ":"JWT"}\`)) + "." + base64url([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + base64url(mac.Sum(nil))
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 || os.Getenv("VALETKEY_CLIENT_SECRET") == "" {
		log.Fatal("set VALETKEY_CLIENT_SECRET, and give the code")
	}
	form, _ := json.Marshal(map[string]string{
		"client_id":     clientID,
		"client_secret": jwt(os.Getenv("VALETKEY_CLIENT_SECRET")), // the JWT, never the secret
		"redirect_uri":  redirectURI,
		"code":          os.Args[1],
	})
	response, err := http.Post(url+"/api/v0/oauth2/token", "application/json", bytes.NewReader(form))
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()

	var answer struct {
		AccessGrant      string   \`json:"access_grant"\` // opens the storage: keep it like a password
		Scopes           []string \`json:"scopes"\`
		ExpiresIn        int      \`json:"expires_in"\`
		Error            string   \`json:"error"\`
		ErrorDescription string   \`json:"error_description"\`
		TraceID          string   \`json:"trace_id"\`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		log.Printf("%s: %s", answer.Error, answer.ErrorDescription)
		log.Fatalf("Explained at %s/console/token-requests/%s", url, answer.TraceID)
	}
	fmt.Printf("Access to %s for %d s\\n", strings.Join(answer.Scopes, " "), answer.ExpiresIn)
}
`

const shell = ({ client_id, redirect_uri, url }: QuickstartFacts) => `#!/usr/bin/env bash
set -euo pipefail

url=${inShell(url)}
client_id=${inShell(client_id)}
redirect_uri=${inShell(redirect_uri)}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# A JWT that lives for five minutes. Its key is the secret's text as it was shown, not decoded.
# While openssl runs, other users of this machine can see its arguments: sign in a program on a shared one.
signed=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
signed+=.$(printf '{"client_id":"%s","exp":%d}' "$client_id" "$(($(date +%s) + 300))" | base64url)
jwt=$signed.$(printf %s "$signed" | openssl dgst -sha256 -hmac "$VALETKEY_CLIENT_SECRET" -binary | base64url)

answer=$(printf '{"client_id":"%s","client_secret":"%s","redirect_uri":"%s","code":"%s"}' \\
  "$client_id" "$jwt" "$redirect_uri" "$1" |
  curl -sS -w '\\n%{http_code}' -H 'content-type: application/json' --data-binary @- "$url/api/v0/oauth2/token")

# What .access_grant holds opens the storage: keep it like a password.
text() { sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p" <<<"$answer"; }
if [ "\${answer##*$'\\n'}" != 200 ]; then
  echo "$(text error): $(text error_description)" >&2
  echo "Explained at $url/console/token-requests/$(text trace_id)" >&2
  exit 1
fi
scopes=$(sed -n 's/.*"scopes":\\[\\([^]]*\\)\\].*/\\1/p' <<<"$answer" | tr -d '"' | tr ',' ' ')
echo "Access to $scopes for $(sed -n 's/.*"expires_in":\\([0-9]*\\).*/\\1/p' <<<"$answer") s"
`

export const quickstarts: readonly Quickstart[] = [
  {
    language: 'Node',
    needs: 'Node 18 or newer',
    file: 'redeem.mjs',
    command: 'node redeem.mjs',
    program: node,
  },
  {
    language: 'Python',
    needs: 'Python 3.8 or newer',
    file: 'redeem.py',
    command: 'python3 redeem.py',
    program: python,
  },
  { language: 'Go', needs: 'Go 1.18 or newer', file: 'redeem.go', command: 'go run redeem.go', program: go },
  {
    language: 'curl',
    needs: 'bash, curl and openssl',
    file: 'redeem.sh',
    command: 'bash redeem.sh',
    program: shell,
  },
]
