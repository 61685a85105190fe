package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/oauth2"
)

// native listens on whatever port is free: registered is http://127.0.0.1/callback. RFC 8252 section 7.3.
func native(ctx context.Context, a app) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config := a.config(oauth2.AuthStyleInParams)
	config.RedirectURL = fmt.Sprintf("http://%s/callback", listener.Addr())
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	addresses := make(chan string, 1)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "You can close this window.")
		addresses <- r.URL.String()
	}))
	say("open", config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)))

	code, err := a.answer(<-addresses, state)
	if err != nil {
		return err
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return err
	}
	sayToken(token)
	source := config.TokenSource(ctx, asGoodAsOver(token))
	return a.renewedAndGivenBack(http.DefaultClient, url.Values{"client_id": {a.id}}, source)
}

// device needs the transport when it has a secret: DeviceAuth of the package sends none, and polls with one and the same.
func device(ctx context.Context, a app) error {
	client, proof := http.DefaultClient, url.Values{"client_id": {a.id}}
	if a.secret != "" {
		client, proof = &http.Client{Transport: signing{a, http.DefaultTransport}}, url.Values{}
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
	config := a.config(oauth2.AuthStyleInParams)
	asked, err := config.DeviceAuth(ctx)
	if err != nil {
		return err
	}
	say("user_code", asked.UserCode, "verification_uri", asked.VerificationURI)
	token, err := config.DeviceAccessToken(ctx, asked)
	if err != nil {
		return err
	}
	sayToken(token)
	return a.renewedAndGivenBack(client, proof, config.TokenSource(ctx, asGoodAsOver(token)))
}
