package main

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"storj.io/common/encryption"
	"storj.io/common/grant"
	"storj.io/common/macaroon"
	"storj.io/common/paths"
	"storj.io/common/storj"
)

// hexBytes travels as lower-case hex.
type hexBytes []byte

func (b hexBytes) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, b), nil }

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.AppendDecode([]byte{}, text)
	return err
}

// key travels as 64 hex digits, never fewer: storj.NewKey would pad with zeros.
type key storj.Key

func (k key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

func (k *key) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil {
		return err
	}
	if len(raw) != len(k) {
		return fmt.Errorf("a key of %d bytes", len(raw))
	}
	*k = key(raw)
	return nil
}

// timestamp is a protobuf Timestamp.
type timestamp struct {
	Seconds int64 `json:"seconds,string"`
	Nanos   int32 `json:"nanos"`
}

func (t timestamp) time() time.Time { return time.Unix(t.Seconds, int64(t.Nanos)).UTC() }

func timestampOf(t *time.Time) *timestamp {
	if t == nil {
		return nil
	}
	return &timestamp{Seconds: t.Unix(), Nanos: int32(t.Nanosecond())}
}

func (t *timestamp) optional() *time.Time {
	if t == nil {
		return nil
	}
	at := t.time()
	return &at
}

// caveat has the members of macaroon.Caveat under their protobuf names. The flags come from the embedded
// struct; what is not a bool is shadowed by a member that JSON carries without loss.
type caveat struct {
	macaroon.Caveat

	AllowedPaths []allowedPath `json:"allowed_paths,omitempty"`
	NotAfter     *timestamp    `json:"not_after,omitempty"`
	NotBefore    *timestamp    `json:"not_before,omitempty"`
	MaxObjectTTL *int64        `json:"max_object_ttl,string,omitempty"` // nanoseconds
	Nonce        hexBytes      `json:"nonce,omitempty"`
}

type allowedPath struct {
	Bucket              hexBytes `json:"bucket"`
	EncryptedPathPrefix hexBytes `json:"encrypted_path_prefix"`
}

func caveatOf(c *macaroon.Caveat) caveat {
	shown := caveat{
		Caveat:       *c,
		NotAfter:     timestampOf(c.NotAfter),
		NotBefore:    timestampOf(c.NotBefore),
		MaxObjectTTL: (*int64)(c.MaxObjectTtl),
		Nonce:        c.Nonce,
	}
	for _, path := range c.AllowedPaths {
		shown.AllowedPaths = append(shown.AllowedPaths, allowedPath{path.Bucket, path.EncryptedPathPrefix})
	}
	return shown
}

func (c caveat) macaroonCaveat() macaroon.Caveat {
	made := c.Caveat
	made.NotAfter = c.NotAfter.optional()
	made.NotBefore = c.NotBefore.optional()
	made.MaxObjectTtl = (*time.Duration)(c.MaxObjectTTL)
	made.Nonce = c.Nonce
	for _, path := range c.AllowedPaths {
		made.AllowedPaths = append(made.AllowedPaths, &macaroon.Caveat_Path{
			Bucket:              path.Bucket,
			EncryptedPathPrefix: path.EncryptedPathPrefix,
		})
	}
	return made
}

// permission has the members of grant.Permission under their Go names, times and TTL shadowed as in caveat.
type permission struct {
	grant.Permission

	NotBefore    *timestamp `json:",omitempty"`
	NotAfter     *timestamp `json:",omitempty"`
	MaxObjectTTL *int64     `json:",string,omitempty"` // nanoseconds
}

func (p permission) grantPermission() grant.Permission {
	made := p.Permission
	if p.NotBefore != nil {
		made.NotBefore = p.NotBefore.time()
	}
	if p.NotAfter != nil {
		made.NotAfter = p.NotAfter.time()
	}
	made.MaxObjectTTL = (*time.Duration)(p.MaxObjectTTL)
	return made
}

type sharePrefix struct {
	Bucket hexBytes `json:"bucket"`
	Prefix hexBytes `json:"prefix"`
}

// encryptionAccess is a key store. Its entries are a set; they are written in order of bucket and path.
type encryptionAccess struct {
	DefaultKey        *key              `json:"default_key,omitempty"`
	DefaultPathCipher storj.CipherSuite `json:"default_path_cipher"`
	StoreEntries      []storeEntry      `json:"store_entries,omitempty"`
}

type storeEntry struct {
	Bucket          hexBytes          `json:"bucket"`
	UnencryptedPath hexBytes          `json:"unencrypted_path"`
	EncryptedPath   hexBytes          `json:"encrypted_path"`
	Key             key               `json:"key"`
	PathCipher      storj.CipherSuite `json:"path_cipher"`
}

func encryptionAccessOf(store *encryption.Store) (encryptionAccess, error) {
	shown := encryptionAccess{
		DefaultKey:        (*key)(store.GetDefaultKey()),
		DefaultPathCipher: store.GetDefaultPathCipher(),
	}
	err := store.IterateWithCipher(func(bucket string, unencrypted paths.Unencrypted, encrypted paths.Encrypted, entryKey storj.Key, cipher storj.CipherSuite) error {
		shown.StoreEntries = append(shown.StoreEntries, storeEntry{
			Bucket:          hexBytes(bucket),
			UnencryptedPath: hexBytes(unencrypted.Raw()),
			EncryptedPath:   hexBytes(encrypted.Raw()),
			Key:             key(entryKey),
			PathCipher:      cipher,
		})
		return nil
	})
	slices.SortFunc(shown.StoreEntries, func(a, b storeEntry) int {
		return cmp.Or(bytes.Compare(a.Bucket, b.Bucket), bytes.Compare(a.UnencryptedPath, b.UnencryptedPath))
	})
	return shown, err
}

// grantEncryptionAccess builds the store; entries that contradict each other are refused.
func (e encryptionAccess) grantEncryptionAccess() (*grant.EncryptionAccess, error) {
	made := grant.NewEncryptionAccess()
	made.SetDefaultKey((*storj.Key)(e.DefaultKey))
	made.SetDefaultPathCipher(e.DefaultPathCipher)
	for _, entry := range e.StoreEntries {
		err := made.Store.AddWithCipher(
			string(entry.Bucket),
			paths.NewUnencrypted(string(entry.UnencryptedPath)),
			paths.NewEncrypted(string(entry.EncryptedPath)),
			storj.Key(entry.Key),
			entry.PathCipher,
		)
		if err != nil {
			return nil, err
		}
	}
	return made, nil
}
