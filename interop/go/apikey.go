package main

import (
	"context"
	"errors"

	"storj.io/common/base58"
	"storj.io/common/macaroon"
	"storj.io/picobuf"
)

type apiKey struct {
	Head    hexBytes    `json:"head"`
	Caveats []rawCaveat `json:"caveats,omitempty"`
	Tail    hexBytes    `json:"tail"`
	Raw     hexBytes    `json:"raw"` // serialized again
	APIKey  string      `json:"api_key"`
}

// rawCaveat is what was signed, and what the Go decoder reads in it.
type rawCaveat struct {
	Raw    hexBytes `json:"raw"`
	Fields *caveat  `json:"fields,omitempty"`
	Error  string   `json:"error,omitempty"`
}

func apiKeyOf(k *macaroon.APIKey) (apiKey, error) {
	mac, err := macaroon.ParseMacaroon(k.SerializeRaw())
	if err != nil {
		return apiKey{}, err
	}
	shown := apiKey{Head: k.Head(), Tail: k.Tail(), Raw: k.SerializeRaw(), APIKey: k.Serialize()}
	for _, raw := range mac.Caveats() {
		shown.Caveats = append(shown.Caveats, rawCaveatOf(raw))
	}
	return shown, nil
}

func rawCaveatOf(raw []byte) rawCaveat {
	parsed, err := macaroon.ParseCaveat(raw)
	if err != nil {
		return rawCaveat{Raw: raw, Error: err.Error()}
	}
	fields := caveatOf(parsed)
	return rawCaveat{Raw: raw, Fields: &fields}
}

type apiKeyForm struct {
	APIKey string `json:"api_key"`
}

func decodeAPIKey(form apiKeyForm) (apiKey, error) {
	k, err := macaroon.ParseAPIKey(form.APIKey)
	if err != nil {
		return apiKey{}, err
	}
	return apiKeyOf(k)
}

// rootForm names an API key by its parts. The caveats are added as they are, so they may be anything.
type rootForm struct {
	Head    hexBytes   `json:"head"`
	Secret  hexBytes   `json:"secret"`
	Caveats []hexBytes `json:"caveats"`
}

func createAPIKey(form rootForm) (apiKey, error) {
	k, err := form.build()
	if err != nil {
		return apiKey{}, err
	}
	return apiKeyOf(k)
}

func (form rootForm) build() (*macaroon.APIKey, error) {
	mac := macaroon.NewUnrestrictedFromParts(form.Head, form.Secret)
	for _, raw := range form.Caveats {
		var err error
		if mac, err = mac.AddFirstPartyCaveat(raw); err != nil {
			return nil, err
		}
	}
	return macaroon.ParseRawAPIKey(mac.Serialize())
}

type checkForm struct {
	APIKey  string                 `json:"api_key"`
	Secret  hexBytes               `json:"secret"`
	Version macaroon.APIKeyVersion `json:"version"`
	Action  action                 `json:"action"`
	Revoked revokedTails           `json:"revoked,omitempty"`
}

type action struct {
	Op            macaroon.ActionType `json:"op"`
	Bucket        hexBytes            `json:"bucket"`
	EncryptedPath hexBytes            `json:"encrypted_path"`
	Time          timestamp           `json:"time"`
}

// revokedTails refuses a key that has one of these among its tails.
type revokedTails []hexBytes

func (revoked revokedTails) Check(_ context.Context, tails [][]byte) (bool, error) {
	for _, tail := range tails {
		for _, r := range revoked {
			if string(tail) == string(r) {
				return true, nil
			}
		}
	}
	return false, nil
}

type decision struct {
	Decision       string   `json:"decision"` // ok, or the class of the error
	AllowedBuckets *buckets `json:"allowed_buckets,omitempty"`
	MaxObjectTTL   *int64   `json:"max_object_ttl,string,omitempty"` // nanoseconds
}

type buckets struct {
	All   bool       `json:"all"`
	Named []hexBytes `json:"named,omitempty"` // in no order
}

var decisions = []struct {
	name  string
	class interface{ Has(error) bool }
}{
	{"invalid", &macaroon.ErrInvalid},
	{"unauthorized", &macaroon.ErrUnauthorized},
	{"format", &macaroon.ErrFormat},
	{"revoked", &macaroon.ErrRevoked},
	{"error", &macaroon.Error},
}

func checkAPIKey(form checkForm) (decision, error) {
	ctx := context.Background()
	k, err := macaroon.ParseAPIKey(form.APIKey)
	if err != nil {
		return decision{}, err
	}
	asked := macaroon.Action{
		Op:            form.Action.Op,
		Bucket:        form.Action.Bucket,
		EncryptedPath: form.Action.EncryptedPath,
		Time:          form.Action.Time.time(),
	}
	if err := k.Check(ctx, form.Secret, form.Version, asked, form.Revoked); err != nil {
		for _, d := range decisions {
			if d.class.Has(err) {
				return decision{Decision: d.name}, nil
			}
		}
		return decision{}, faultError{errors.Join(errors.New("an error without a class"), err)}
	}

	allowed, err := k.GetAllowedBuckets(ctx, asked)
	if err != nil {
		return decision{}, err
	}
	ttl, err := k.GetMaxObjectTTL(ctx)
	if err != nil {
		return decision{}, err
	}
	made := decision{Decision: "ok", AllowedBuckets: &buckets{All: allowed.All}, MaxObjectTTL: (*int64)(ttl)}
	for bucket := range allowed.Buckets {
		made.AllowedBuckets.Named = append(made.AllowedBuckets.Named, hexBytes(bucket))
	}
	return made, nil
}

type caveatForm struct {
	Raw hexBytes `json:"raw"`
}

func decodeCaveat(form caveatForm) (caveat, error) {
	parsed, err := macaroon.ParseCaveat(form.Raw)
	if err != nil {
		return caveat{}, err
	}
	return caveatOf(parsed), nil
}

func encodeCaveat(fields caveat) (caveatForm, error) {
	made := fields.macaroonCaveat()
	raw, err := picobuf.Marshal(&made)
	return caveatForm{raw}, err
}

type base58Form struct {
	Text string `json:"text"`
}

type base58Payload struct {
	Version byte     `json:"version"`
	Payload hexBytes `json:"payload"`
}

func decodeBase58Check(form base58Form) (base58Payload, error) {
	payload, version, err := base58.CheckDecode(form.Text)
	return base58Payload{version, payload}, err
}

func encodeBase58Check(form base58Payload) (base58Form, error) {
	return base58Form{base58.CheckEncode(form.Payload, form.Version)}, nil
}
