package main

import (
	"context"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/oauth2"
)

// web proves itself in the way that AUTH names: with a JWT as the client secret, in params or in the header, or with a
// transport that signs whatever passes.
func web(ctx context.Context, a app) error {
	switch os.Getenv("AUTH") {
	case "params":
		return a.withConfigs(ctx, oauth2.AuthStyleInParams)
	case "header":
		return a.withConfigs(ctx, oauth2.AuthStyleInHeader)
	case "auto":
		return a.withConfigs(ctx, oauth2.AuthStyleAutoDetect)
	}
	return a.withTransport(ctx)
}

// withConfigs makes a Config, and in it a JWT, for each request.
func (a app) withConfigs(ctx context.Context, style oauth2.AuthStyle) error {
	fresh := func() *oauth2.Config {
		config := a.config(style)
		config.ClientSecret = a.jwt()
		return config
	}
	token, err := a.authorized(ctx, fresh())
	if err != nil {
		return err
	}
	source := oauth2.ReuseTokenSource(asGoodAsOver(token), &renewal{ctx, fresh, token.RefreshToken})
	proof := url.Values{"client_id": {a.id}, "client_secret": {a.jwt()}}
	return a.renewedAndGivenBack(http.DefaultClient, proof, source)
}

// renewal is a TokenSource with a new Config each time; that of a Config would send the same JWT again.
type renewal struct {
	ctx          context.Context
	fresh        func() *oauth2.Config
	refreshToken string
}

func (r *renewal) Token() (*oauth2.Token, error) {
	token, err := r.fresh().TokenSource(r.ctx, &oauth2.Token{RefreshToken: r.refreshToken}).Token()
	if err == nil {
		r.refreshToken = token.RefreshToken
	}
	return token, err
}

// withTransport has one Config and knows no secret in it.
func (a app) withTransport(ctx context.Context) error {
	client := &http.Client{Transport: signing{a, http.DefaultTransport}}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
	config := a.config(oauth2.AuthStyleInParams)
	token, err := a.authorized(ctx, config)
	if err != nil {
		return err
	}
	return a.renewedAndGivenBack(client, url.Values{}, config.TokenSource(ctx, asGoodAsOver(token)))
}

// authorized takes the user to the server and the code to the token endpoint.
func (a app) authorized(ctx context.Context, config *oauth2.Config) (*oauth2.Token, error) {
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	say("open", config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)))
	address, err := stdin.ReadString('\n')
	if err != nil {
		return nil, err
	}
	code, err := a.answer(address, state)
	if err != nil {
		return nil, err
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return nil, err
	}
	sayToken(token)
	return token, nil
}
