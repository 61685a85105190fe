package main

import (
	"storj.io/common/encryption"
	"storj.io/common/paths"
	"storj.io/common/storj"
)

// pathForm asks about a path, encrypted or not, in a bucket whose keys are in the given store.
type pathForm struct {
	EncryptionAccess encryptionAccess `json:"encryption_access"`
	Bucket           hexBytes         `json:"bucket"`
	Path             hexBytes         `json:"path"`
}

type pathAnswer struct {
	Path hexBytes `json:"path"`
}

type keyAnswer struct {
	Key key `json:"key"`
}

func encryptPath(form pathForm) (pathAnswer, error) {
	keys, err := form.EncryptionAccess.grantEncryptionAccess()
	if err != nil {
		return pathAnswer{}, err
	}
	path := paths.NewUnencrypted(string(form.Path))
	encrypted, err := encryption.EncryptPathWithStoreCipher(string(form.Bucket), path, keys.Store)
	return pathAnswer{hexBytes(encrypted.Raw())}, err
}

func encryptPrefix(form pathForm) (pathAnswer, error) {
	keys, err := form.EncryptionAccess.grantEncryptionAccess()
	if err != nil {
		return pathAnswer{}, err
	}
	prefix := paths.NewUnencrypted(string(form.Path))
	encrypted, err := encryption.EncryptPrefixWithStoreCipher(string(form.Bucket), prefix, keys.Store)
	return pathAnswer{hexBytes(encrypted.Raw())}, err
}

func decryptPath(form pathForm) (pathAnswer, error) {
	keys, err := form.EncryptionAccess.grantEncryptionAccess()
	if err != nil {
		return pathAnswer{}, err
	}
	path := paths.NewEncrypted(string(form.Path))
	decrypted, err := encryption.DecryptPathWithStoreCipher(string(form.Bucket), path, keys.Store)
	return pathAnswer{hexBytes(decrypted.Raw())}, err
}

func derivePathKey(form pathForm) (keyAnswer, error) {
	keys, err := form.EncryptionAccess.grantEncryptionAccess()
	if err != nil {
		return keyAnswer{}, err
	}
	path := paths.NewUnencrypted(string(form.Path))
	derived, err := encryption.DerivePathKey(string(form.Bucket), path, keys.Store)
	if err != nil {
		return keyAnswer{}, err
	}
	return keyAnswer{key(*derived)}, nil
}

type rootKeyForm struct {
	Passphrase  hexBytes `json:"passphrase"`
	Salt        hexBytes `json:"salt"`
	Path        hexBytes `json:"path"`
	Parallelism uint8    `json:"parallelism"` // 8 for a project, 1 for the key of one of its users
}

func deriveRootKey(form rootKeyForm) (keyAnswer, error) {
	derived, err := encryption.DeriveRootKey(form.Passphrase, form.Salt, string(form.Path), form.Parallelism)
	if err != nil {
		return keyAnswer{}, err
	}
	return keyAnswer{key(*derived)}, nil
}

// prefixInfo is what listing by a prefix needs: the prefix and its parent, each in three forms.
type prefixInfo struct {
	PathCipher storj.CipherSuite `json:"path_cipher"`
	Path       pathInfo          `json:"path"`
	Parent     pathInfo          `json:"parent"`
}

type pathInfo struct {
	Unencrypted hexBytes `json:"unencrypted"`
	Encrypted   hexBytes `json:"encrypted"`
	Key         key      `json:"key"`
}

func describePrefix(form pathForm) (prefixInfo, error) {
	keys, err := form.EncryptionAccess.grantEncryptionAccess()
	if err != nil {
		return prefixInfo{}, err
	}
	prefix := paths.NewUnencrypted(string(form.Path))
	info, err := encryption.GetPrefixInfo(string(form.Bucket), prefix, keys.Store)
	if err != nil {
		return prefixInfo{}, err
	}
	return prefixInfo{
		PathCipher: info.Cipher,
		Path:       pathInfo{hexBytes(info.PathUnenc.Raw()), hexBytes(info.PathEnc.Raw()), key(info.PathKey)},
		Parent:     pathInfo{hexBytes(info.ParentUnenc.Raw()), hexBytes(info.ParentEnc.Raw()), key(info.ParentKey)},
	}, nil
}
