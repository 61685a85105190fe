"""What an app does with Authlib: it asks, exchanges, looks, renews, and gives back.

Each step prints a line of JSON. The address that the user came back to is read from standard input, and a line when
nothing is needed any more.
"""

import json
import os
import sys
import time
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT, PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey


class ShortLived:
    """Authlib's assertion lives for an hour; RFC 7523 in Valetkey's profile, for five minutes. The dict is a new one
    each time because Authlib leaves its jti in there."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 60}
        return super().sign(auth, token_endpoint)


class ShortSecretJWT(ShortLived, ClientSecretJWT):
    pass


class ShortKeyJWT(ShortLived, PrivateKeyJWT):
    alg = "ES256"


def jwt_client_secret(client_id: str, secret: str) -> str:
    """For client_secret_post and client_secret_basic, which know no assertion: good for any number of requests."""
    return jwt.encode({"alg": "HS256"}, {"client_id": client_id, "exp": int(time.time()) + 300}, OctKey.import_key(secret))


def main() -> None:
    issuer, client_id, method = (os.environ[name] for name in ("ISSUER", "CLIENT_ID", "METHOD"))
    server = requests.get(f"{issuer}/.well-known/oauth-authorization-server", timeout=30).json()
    match method:
        case "client_secret_jwt":
            secret = OctKey.import_key(os.environ["CLIENT_SECRET"])
        case "private_key_jwt":
            secret = ECKey.import_key(json.loads(os.environ["PRIVATE_KEY"]))
        case "client_secret_post" | "client_secret_basic":
            secret = jwt_client_secret(client_id, os.environ["CLIENT_SECRET"])
        case _:
            secret = None

    session = OAuth2Session(
        client_id,
        secret,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope="read write list bucket:photos offline_access",
        redirect_uri=os.environ["REDIRECT_URI"],
        code_challenge_method="S256",
        default_timeout=30,
    )
    # The first argument is what becomes of aud: the issuer, and no endpoint of it.
    session.register_client_auth_method(ShortSecretJWT(server["issuer"]))
    session.register_client_auth_method(ShortKeyJWT(server["issuer"]))

    for kind in ("access_token_response", "refresh_token_response"):
        session.register_compliance_hook(kind, remember_trace)

    code_verifier = generate_token(48)
    url, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=code_verifier)
    say(open=url)
    came_back_to = sys.stdin.readline().strip()
    refuse_wrong_answer(came_back_to, server["issuer"])

    token = session.fetch_token(
        server["token_endpoint"], authorization_response=came_back_to, state=state, code_verifier=code_verifier
    )
    say(token=token)
    # A refresh asks for the session's scope; what the user allowed may be less than what was asked for.
    if "KEEP_SCOPE" not in os.environ:
        session.scope = token["scope"]
    if method != "none":
        say(introspection=session.introspect_token(server["introspection_endpoint"], token["access_token"]).json())

    renewed = session.refresh_token(server["token_endpoint"])
    say(token=renewed)
    sys.stdin.readline()
    revoked = session.revoke_token(server["revocation_endpoint"], renewed["refresh_token"], "refresh_token")
    say(revoked=revoked.status_code)
    if method != "none":
        say(introspection=session.introspect_token(server["introspection_endpoint"], renewed["access_token"]).json())


def refuse_wrong_answer(came_back_to: str, issuer: str) -> None:
    """What fetch_token does not do: it knows no iss, and takes an answer without a code for no answer at all."""
    answer = {name: values[0] for name, values in parse_qs(urlsplit(came_back_to).query).items()}
    if answer.get("iss") != issuer:
        raise SystemExit("another server answered")
    if "error" in answer:
        raise OAuthError(answer["error"], answer.get("error_description"))


def remember_trace(response: requests.Response) -> requests.Response:
    """The developer's console finds the request by it; an OAuthError has no room for it."""
    traces.append(response.headers["X-Trace-Id"])
    return response


def say(**step) -> None:
    print(json.dumps(step), flush=True)


traces = []
try:
    main()
except OAuthError as refused:
    say(error=refused.error, error_description=refused.description, traces=traces)
    sys.exit(1)
