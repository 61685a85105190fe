"""What becomes of Authlib's own assertions, with nothing but its arguments: each is used twice, to introspect a token
that nobody issued. Prints a line of JSON for each.
"""

import json
import os
import time

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import ClientSecretJWT
from joserfc.jwk import OctKey

issuer = os.environ["ISSUER"]
in_a_minute = int(time.time()) + 60
assertions = {
    "for the token endpoint": ClientSecretJWT(f"{issuer}/oauth2/token", claims={"exp": in_a_minute}),
    "for an hour": ClientSecretJWT(issuer),
    "with claims": ClientSecretJWT(issuer, claims={"exp": in_a_minute}),
}

for name, assertion in assertions.items():
    session = OAuth2Session(
        os.environ["CLIENT_ID"],
        OctKey.import_key(os.environ["CLIENT_SECRET"]),
        token_endpoint_auth_method="client_secret_jwt",
        default_timeout=30,
    )
    session.register_client_auth_method(assertion)
    answers = [session.introspect_token(f"{issuer}/oauth2/introspect", "nobody's").json() for _ in range(2)]
    print(json.dumps({"name": name, "answers": answers}), flush=True)
