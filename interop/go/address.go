package main

import (
	"storj.io/common/storj"
	"storj.io/uplink/edge"
)

type nodeURLForm struct {
	Text string `json:"text"`
}

type nodeURL struct {
	ID      hexBytes `json:"id,omitempty"`
	Address string   `json:"address"`
	Text    string   `json:"text"` // in normal form
}

func parseNodeURL(form nodeURLForm) (nodeURL, error) {
	parsed, err := storj.ParseNodeURL(form.Text)
	if err != nil {
		return nodeURL{}, err
	}
	shown := nodeURL{Address: parsed.Address, Text: parsed.String()}
	if !parsed.ID.IsZero() {
		shown.ID = parsed.ID.Bytes()
	}
	return shown, nil
}

type shareURLForm struct {
	BaseURL     string   `json:"base_url"`
	AccessKeyID string   `json:"access_key_id"`
	Bucket      hexBytes `json:"bucket"`
	Key         hexBytes `json:"key"`
	Raw         bool     `json:"raw"`
}

type shareURL struct {
	URL string `json:"url"`
}

func formatShareURL(form shareURLForm) (shareURL, error) {
	made, err := edge.JoinShareURL(form.BaseURL, form.AccessKeyID, string(form.Bucket), string(form.Key), &edge.ShareURLOptions{Raw: form.Raw})
	return shareURL{made}, err
}
