// Command judge answers questions about access grants with the storage network's own Go packages.
//
// It reads one JSON question per line, {"verb": …, "form": {…}}, and writes one JSON answer per line, in the
// same order. An answer has exactly one member:
//
//	answer   what the Go packages computed
//	refusal  the error they returned
//	panic    what they panicked with; nothing that was asked is lost, the next question is answered
//	fault    the question itself was malformed, so nothing was judged
//
// Every byte string is lower-case hex, every 64-bit number a decimal string.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
)

var verbs = map[string]verb{
	"decode_access_grant":   asking(decodeAccessGrant),
	"create_access_grant":   asking(createAccessGrant),
	"restrict_access_grant": asking(restrictAccessGrant),
	"share_access_grant":    asking(shareAccessGrant),
	"override_key":          asking(overrideKey),
	"decode_api_key":        asking(decodeAPIKey),
	"create_api_key":        asking(createAPIKey),
	"check_api_key":         asking(checkAPIKey),
	"decode_caveat":         asking(decodeCaveat),
	"encode_caveat":         asking(encodeCaveat),
	"derive_root_key":       asking(deriveRootKey),
	"encrypt_path":          asking(encryptPath),
	"encrypt_prefix":        asking(encryptPrefix),
	"decrypt_path":          asking(decryptPath),
	"derive_path_key":       asking(derivePathKey),
	"describe_prefix":       asking(describePrefix),
	"parse_node_url":        asking(parseNodeURL),
	"format_share_url":      asking(formatShareURL),
	"decode_base58check":    asking(decodeBase58Check),
	"encode_base58check":    asking(encodeBase58Check),
}

type verb func(form []byte) (any, error)

type question struct {
	Verb string          `json:"verb"`
	Form json.RawMessage `json:"form"`
}

type ruling struct {
	Answer  any    `json:"answer,omitempty"`
	Refusal string `json:"refusal,omitempty"`
	Panic   string `json:"panic,omitempty"`
	Fault   string `json:"fault,omitempty"`
}

// faultError marks a question that could not be put to the Go packages at all.
type faultError struct{ error }

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func serve(questions io.Reader, rulings io.Writer) error {
	out := bufio.NewWriter(rulings)
	encoder := json.NewEncoder(out)
	in := bufio.NewReader(questions)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		if err := encoder.Encode(rule(line)); err != nil {
			return err
		}
		if in.Buffered() == 0 { // nobody is known to be waiting behind this one
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

func rule(line []byte) (r ruling) {
	defer func() {
		if p := recover(); p != nil {
			r = ruling{Panic: fmt.Sprint(p)}
		}
	}()

	var q question
	if err := decodeStrictly(line, &q); err != nil {
		return ruling{Fault: err.Error()}
	}
	answer, known := verbs[q.Verb]
	if !known {
		return ruling{Fault: fmt.Sprintf("unknown verb %q", q.Verb)}
	}
	result, err := answer(q.Form)
	if fault := (faultError{}); errors.As(err, &fault) {
		return ruling{Fault: fault.Error()}
	}
	if err != nil {
		return ruling{Refusal: err.Error()}
	}
	return ruling{Answer: result}
}

// asking turns a typed function into a verb. A member the form does not know is a fault: a misspelt question
// must not pass for an answered one.
func asking[Form, Answer any](judge func(Form) (Answer, error)) verb {
	return func(form []byte) (any, error) {
		var f Form
		if err := decodeStrictly(form, &f); err != nil {
			return nil, faultError{err}
		}
		return judge(f)
	}
}

func decodeStrictly(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
