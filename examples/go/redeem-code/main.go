// Command redeem-code redeems an authorization code for an access grant. Go 1.22 or newer:
//
//	CLIENT_ID=… CLIENT_SECRET=… CODE=… REDIRECT_URI=… go run .
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// answer is what the token endpoint says, whether it grants or refuses.
type answer struct {
	AccessGrant string   `json:"access_grant"`
	Scopes      []string `json:"scopes"`
	ExpiresIn   int      `json:"expires_in"`

	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
	TraceID          string `json:"trace_id"`
}

func main() {
	log.SetFlags(0)
	clientID := setting("CLIENT_ID")
	clientSecret, err := jwtClientSecret(clientID, setting("CLIENT_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	form := map[string]string{
		"client_id":     clientID,
		"client_secret": clientSecret, // the JWT; the secret itself stays here
		"code":          setting("CODE"),
		"redirect_uri":  setting("REDIRECT_URI"),
	}
	if passphrase, given := os.LookupEnv("PASSPHRASE"); given { // unset is left out, "" is the blank passphrase
		form["passphrase"] = passphrase
	}

	said, status, err := redeem(form)
	if err != nil {
		log.Fatal(err)
	}
	if status != http.StatusOK {
		log.Fatalf("refused: %s\n%s\ntrace id: %s", said.Error, said.ErrorDescription, said.TraceID)
	}
	fmt.Printf("access grant: %d characters\n", len(said.AccessGrant))
	fmt.Printf("scopes: %s\n", strings.Join(said.Scopes, " "))
	fmt.Printf("expires in: %d seconds\n", said.ExpiresIn)
}

func redeem(form map[string]string) (said answer, status int, err error) {
	body, err := json.Marshal(form)
	if err != nil {
		return said, 0, err
	}
	url := cmp.Or(os.Getenv("VALETKEY_URL"), "http://localhost:10002")
	client := http.Client{Timeout: 30 * time.Second}
	response, err := client.Post(url+"/api/v0/oauth2/token", "application/json", bytes.NewReader(body))
	if err != nil {
		return said, 0, err
	}
	defer response.Body.Close()
	return said, response.StatusCode, json.NewDecoder(response.Body).Decode(&said)
}

// jwtClientSecret makes a JWT that lives for five minutes. Its key is the client secret as it was shown: the text's
// bytes, not decoded.
func jwtClientSecret(clientID, secret string) (string, error) {
	claims := jwt.MapClaims{"client_id": clientID, "exp": time.Now().Add(5 * time.Minute).Unix()}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
}

func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Printf("set %s", name)
		os.Exit(2)
	}
	return value
}
