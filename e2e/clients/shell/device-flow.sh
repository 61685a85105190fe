#!/usr/bin/env bash
# Gets an access grant for a machine without a browser, renews it once, and gives it back on Enter. bash and curl:
#
#   CLIENT_ID=… ./device-flow.sh
#
# The client is registered with token_endpoint_auth_method none and the grant types device_code and refresh_token: there
# is no secret that a script could keep. Answers go to standard output as they come, words for people to the other one.
# What is secret reaches curl by pipe, never as an argument, where other users of the machine could read it.
set -euo pipefail

if [ -z "${CLIENT_ID:-}" ]; then
  echo 'set CLIENT_ID' >&2
  exit 2
fi
issuer=${VALETKEY_URL:-http://localhost:10002}

# Posts a form to an endpoint; leaves the body in $answer and succeeds when the server did.
post() {
  local endpoint=$1 said
  said=$(curl -sS --max-time 30 -w '\n%{http_code}' --data-urlencode "client_id=$CLIENT_ID" "${@:2}" "$issuer/oauth2/$endpoint")
  answer=${said%$'\n'*}
  [ "${said##*$'\n'}" = 200 ]
}

# Enough to read these answers; a program of your own would rather use jq.
text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$answer"; }
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" <<<"$answer"; }

refused() {
  printf 'refused: %s\n%s\ntrace id: %s\n' "$(text error)" "$(text error_description)" "$(text trace_id)" >&2
  exit 1
}

post device_authorization --data-urlencode "scope=${SCOPE:-read list offline_access}" || refused
echo "$answer"
device_code=$(text device_code)
interval=$(number interval)
printf 'open %s\nand enter %s\n' "$(text verification_uri)" "$(text user_code)" >&2

# Until the user has decided; five seconds slower each time the server asks for it. RFC 8628 section 3.5.
while sleep "${interval:=5}"; do
  if post token --data-urlencode grant_type=urn:ietf:params:oauth:grant-type:device_code \
    --data-urlencode device_code@<(printf %s "$device_code"); then
    break
  fi
  case $(text error) in
    authorization_pending) ;;
    slow_down) interval=$((interval + 5)) && echo "slower: every $interval seconds" >&2 ;;
    *) refused ;;
  esac
done
echo "$answer"

post token -d grant_type=refresh_token --data-urlencode refresh_token@<(text refresh_token | tr -d '\n') || refused
echo "$answer"

read -r _ || true # nobody is there to press Enter
post revoke --data-urlencode token@<(text refresh_token | tr -d '\n') || refused
echo 'given back' >&2
