package main

import (
	"crypto/rand"
	"log"
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwt is a proof for one request. RFC 7523 section 3.
func (a app) jwt() string {
	now := time.Now().Unix()
	claims := jwt.MapClaims{"iss": a.id, "sub": a.id, "aud": a.issuer, "iat": now, "exp": now + 60, "jti": rand.Text()}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(a.secret))
	if err != nil {
		log.Fatal(err)
	}
	return signed
}

// signing is a transport that proves who sends each request. RFC 6749 section 2.3.1.
type signing struct {
	app
	http.RoundTripper
}

func (s signing) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.SetBasicAuth(url.QueryEscape(s.id), s.jwt())
	return s.RoundTripper.RoundTrip(request)
}
