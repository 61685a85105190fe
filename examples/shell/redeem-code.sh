#!/usr/bin/env bash
# Redeems an authorization code for an access grant. bash, curl and openssl:
#
#   CLIENT_ID=… CLIENT_SECRET=… CODE=… REDIRECT_URI=… ./redeem-code.sh
#
# No secret is ever an argument of a command, where other users of the machine could read it: what curl and openssl
# need reaches them by pipe, and printf is part of the shell.
set -euo pipefail

for name in CLIENT_ID CLIENT_SECRET CODE REDIRECT_URI; do
  if [ -z "${!name:-}" ]; then
    echo "set $name" >&2
    exit 2
  fi
done

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# HMAC-SHA256 of $1 under the client secret, by its definition: `openssl dgst -hmac` takes the key as an argument.
# The key is the secret as it was shown: the text's bytes, not decoded; 64 at most. RFC 2104 section 2.
hmac() {
  local key inner='' outer='' i byte
  key=$(printf %s "$CLIENT_SECRET" | od -An -v -tx1 | tr -d ' \n')
  for ((i = 0; i < 128; i += 2)); do
    byte=${key:i:2}
    inner+=$(printf '\\x%02x' $((0x${byte:-00} ^ 0x36)))
    outer+=$(printf '\\x%02x' $((0x${byte:-00} ^ 0x5c)))
  done
  { printf '%b' "$outer"; { printf '%b' "$inner"; printf %s "$1"; } | openssl dgst -sha256 -binary; } | openssl dgst -sha256 -binary
}

# A JSON string, without the control characters that nothing here contains.
json() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# A JWT that lives for five minutes; exp counts seconds.
signed=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url).$(printf '{"client_id":%s,"exp":%d}' "$(json "$CLIENT_ID")" $(($(date +%s) + 300)) | base64url)
jwt=$signed.$(hmac "$signed" | base64url)

form() {
  printf '{"client_id":%s,"client_secret":%s,' "$(json "$CLIENT_ID")" "$(json "$jwt")"
  if [ -n "${PASSPHRASE+set}" ]; then printf '"passphrase":%s,' "$(json "$PASSPHRASE")"; fi # '' is the blank passphrase
  printf '"code":%s,"redirect_uri":%s}' "$(json "$CODE")" "$(json "$REDIRECT_URI")"
}
answer=$(form | curl -sS --max-time 30 -w '\n%{http_code}' -H 'Content-Type: application/json' --data-binary @- \
  "${VALETKEY_URL:-http://localhost:10002}/api/v0/oauth2/token")
status=${answer##*$'\n'}

# Enough to read this answer; a program of your own would rather use jq.
text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$answer"; }

if [ "$status" = 200 ]; then
  access_grant=$(text access_grant)
  echo "access grant: ${#access_grant} characters"
  echo "scopes: $(sed -n 's/.*"scopes":\[\([^]]*\)\].*/\1/p' <<<"$answer" | tr -d '"' | tr ',' ' ')"
  echo "expires in: $(sed -n 's/.*"expires_in":\([0-9]*\).*/\1/p' <<<"$answer") seconds"
else
  printf 'refused: %s\n%s\ntrace id: %s\n' "$(text error)" "$(text error_description)" "$(text trace_id)" >&2
  exit 1
fi
