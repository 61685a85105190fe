// Command client is what apps do with golang.org/x/oauth2: it asks, exchanges, renews, and gives back.
//
//	client web      a server with a client secret; hears the address that its user came back to
//	client native   an app on its user's machine, which listens for the browser itself
//	client device   a machine without a browser
//
// Each step prints a line of JSON; a line is read before it gives back what it has.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// app is a registered client and the server it is registered with.
type app struct {
	issuer, id, secret string
	server             metadata
}

type metadata struct {
	AuthURL       string `json:"authorization_endpoint"`
	TokenURL      string `json:"token_endpoint"`
	DeviceAuthURL string `json:"device_authorization_endpoint"`
	RevocationURL string `json:"revocation_endpoint"`
}

var stdin = bufio.NewReader(os.Stdin)

func main() {
	log.SetFlags(0)
	a := app{issuer: os.Getenv("ISSUER"), id: os.Getenv("CLIENT_ID"), secret: os.Getenv("CLIENT_SECRET")}
	flows := map[string]func(context.Context, app) error{"web": web, "native": native, "device": device}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := a.discover()
	if err == nil {
		err = flows[os.Args[1]](ctx, a)
	}
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		sayRefusal(refused)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func (a *app) discover() error {
	response, err := http.Get(a.issuer + "/.well-known/oauth-authorization-server")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(&a.server)
}

// config is all there is to say for a client without a secret.
func (a app) config(style oauth2.AuthStyle) *oauth2.Config {
	return &oauth2.Config{
		ClientID:    a.id,
		RedirectURL: os.Getenv("REDIRECT_URI"),
		Scopes:      []string{"read", "write", "list", "bucket:photos", "offline_access"},
		Endpoint: oauth2.Endpoint{
			AuthURL:       a.server.AuthURL,
			TokenURL:      a.server.TokenURL,
			DeviceAuthURL: a.server.DeviceAuthURL,
			AuthStyle:     style,
		},
	}
}

// answer is the code in the address that a user came back to, after it was found to answer this very question.
func (a app) answer(address, state string) (string, error) {
	cameBackTo, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return "", err
	}
	said := cameBackTo.Query()
	switch {
	case said.Get("state") != state || said.Get("iss") != a.issuer: // the package looks at neither
		return "", errors.New("this answers another question")
	case said.Has("error"):
		return "", &oauth2.RetrieveError{ErrorCode: said.Get("error"), ErrorDescription: said.Get("error_description")}
	}
	return said.Get("code"), nil
}

// renewedAndGivenBack lets the source renew a token that is as good as over, and ends what it stands for.
func (a app) renewedAndGivenBack(client *http.Client, proof url.Values, source oauth2.TokenSource) error {
	renewed, err := source.Token()
	if err != nil {
		return err
	}
	sayToken(renewed)
	if _, err := stdin.ReadString('\n'); err != nil {
		return err
	}
	// The package has no revocation: it is one form. RFC 7009 section 2.1.
	proof.Set("token", renewed.RefreshToken)
	response, err := client.PostForm(a.server.RevocationURL, proof)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	say("revoked", response.StatusCode)
	return nil
}

func asGoodAsOver(token *oauth2.Token) *oauth2.Token {
	over := *token
	over.Expiry = time.Now()
	return &over
}

func sayToken(token *oauth2.Token) {
	say("token", map[string]any{
		"access_token":  token.AccessToken,
		"access_grant":  token.Extra("access_grant"),
		"refresh_token": token.RefreshToken,
		"token_type":    token.TokenType,
		"scope":         token.Extra("scope"),
		"expires_in":    token.ExpiresIn,
	})
}

func sayRefusal(refused *oauth2.RetrieveError) {
	traceID := "" // in the body, which the package keeps unread, and in a header
	if refused.Response != nil {
		traceID = refused.Response.Header.Get("X-Trace-Id")
	}
	say("error", refused.ErrorCode, "error_description", refused.ErrorDescription, "error_uri", refused.ErrorURI, "trace_id", traceID)
}

func say(pairs ...any) {
	step := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		step[pairs[i].(string)] = pairs[i+1]
	}
	line, err := json.Marshal(step)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}
