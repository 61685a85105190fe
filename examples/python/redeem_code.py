"""Redeems an authorization code for an access grant. Python 3.10 or newer:

pip install -r requirements.txt
CLIENT_ID=… CLIENT_SECRET=… CODE=… REDIRECT_URI=… python redeem_code.py
"""

import os
import sys
import time

import jwt
import requests


def main() -> None:
    client_id = setting("CLIENT_ID")
    form = {
        "client_id": client_id,
        "client_secret": jwt_client_secret(client_id, setting("CLIENT_SECRET")),  # the JWT; the secret itself stays here
        "code": setting("CODE"),
        "redirect_uri": setting("REDIRECT_URI"),
    }
    if "PASSPHRASE" in os.environ:  # unset is left out, "" is the blank passphrase
        form["passphrase"] = os.environ["PASSPHRASE"]

    url = os.environ.get("VALETKEY_URL") or "http://localhost:10002"
    response = requests.post(f"{url}/api/v0/oauth2/token", json=form, timeout=30)
    answer = response.json()

    if not response.ok:
        sys.exit(f"refused: {answer['error']}\n{answer['error_description']}\ntrace id: {answer['trace_id']}")
    print(f"access grant: {len(answer['access_grant'])} characters")
    print(f"scopes: {' '.join(answer['scopes'])}")
    print(f"expires in: {answer['expires_in']} seconds")


def jwt_client_secret(client_id: str, secret: str) -> str:
    """A JWT that lives for five minutes. Its key is the client secret as it was shown: the text's bytes, not decoded."""
    return jwt.encode({"client_id": client_id, "exp": int(time.time()) + 300}, secret, "HS256")


def setting(name: str) -> str:
    if value := os.environ.get(name):
        return value
    print(f"set {name}", file=sys.stderr)
    sys.exit(2)


main()
