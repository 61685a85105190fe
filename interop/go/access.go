package main

import (
	"storj.io/common/grant"
	"storj.io/uplink"
)

type accessGrant struct {
	SatelliteAddress hexBytes         `json:"satellite_address"`
	APIKey           apiKey           `json:"api_key"`
	EncryptionAccess encryptionAccess `json:"encryption_access"`
	AccessGrant      string           `json:"access_grant"` // serialized again
	Payload          hexBytes         `json:"payload"`      // the bytes inside access_grant
}

func accessGrantOf(access *grant.Access) (shown accessGrant, err error) {
	shown.SatelliteAddress = hexBytes(access.SatelliteAddress)
	if shown.APIKey, err = apiKeyOf(access.APIKey); err != nil {
		return shown, err
	}
	if shown.EncryptionAccess, err = encryptionAccessOf(access.EncAccess.Store); err != nil {
		return shown, err
	}
	if shown.AccessGrant, err = access.Serialize(); err != nil {
		return shown, err
	}
	inside, err := decodeBase58Check(base58Form{shown.AccessGrant})
	shown.Payload = inside.Payload
	return shown, err
}

type accessGrantForm struct {
	AccessGrant string `json:"access_grant"`
}

type decodedAccessGrant struct {
	accessGrant

	Received hexBytes     `json:"received"` // the bytes inside the access grant that was asked about
	Uplink   uplinkAccess `json:"uplink"`
}

// uplinkAccess is what the uplink library, stricter about the satellite, says of the same access grant.
type uplinkAccess struct {
	SatelliteAddress string `json:"satellite_address,omitempty"`
	AccessGrant      string `json:"access_grant,omitempty"`
	Error            string `json:"error,omitempty"`
}

func decodeAccessGrant(form accessGrantForm) (decoded decodedAccessGrant, err error) {
	access, err := grant.ParseAccess(form.AccessGrant)
	if err != nil {
		return decoded, err
	}
	if decoded.accessGrant, err = accessGrantOf(access); err != nil {
		return decoded, err
	}
	inside, err := decodeBase58Check(base58Form{form.AccessGrant})
	decoded.Received = inside.Payload
	decoded.Uplink = uplinkAccessOf(form.AccessGrant)
	return decoded, err
}

func uplinkAccessOf(serialized string) uplinkAccess {
	access, err := uplink.ParseAccess(serialized)
	if err != nil {
		return uplinkAccess{Error: err.Error()}
	}
	again, err := access.Serialize()
	if err != nil {
		return uplinkAccess{Error: err.Error()}
	}
	return uplinkAccess{SatelliteAddress: access.SatelliteAddress(), AccessGrant: again}
}

type createForm struct {
	SatelliteAddress hexBytes         `json:"satellite_address"`
	APIKey           rootForm         `json:"api_key"`
	EncryptionAccess encryptionAccess `json:"encryption_access"`
}

// createAccessGrant does what uplink does once it has asked the satellite for the salt.
func createAccessGrant(form createForm) (accessGrant, error) {
	k, err := form.APIKey.build()
	if err != nil {
		return accessGrant{}, err
	}
	keys, err := form.EncryptionAccess.grantEncryptionAccess()
	if err != nil {
		return accessGrant{}, err
	}
	keys.LimitTo(k)
	return accessGrantOf(&grant.Access{
		SatelliteAddress: string(form.SatelliteAddress),
		APIKey:           k,
		EncAccess:        keys,
	})
}

type restrictForm struct {
	AccessGrant string        `json:"access_grant"`
	Permission  permission    `json:"permission"`
	Prefixes    []sharePrefix `json:"prefixes"`
}

// restrictedAccessGrant tells the caveat that was added, so that another implementation can repeat its nonce.
type restrictedAccessGrant struct {
	accessGrant

	Caveat rawCaveat `json:"caveat"`
}

func restrictAccessGrant(form restrictForm) (restrictedAccessGrant, error) {
	access, err := grant.ParseAccess(form.AccessGrant)
	if err != nil {
		return restrictedAccessGrant{}, err
	}
	var prefixes []grant.SharePrefix
	for _, p := range form.Prefixes {
		prefixes = append(prefixes, grant.SharePrefix{Bucket: string(p.Bucket), Prefix: string(p.Prefix)})
	}
	restricted, err := access.Restrict(form.Permission.grantPermission(), prefixes...)
	if err != nil {
		return restrictedAccessGrant{}, err
	}
	return restrictedAccessGrantOf(restricted)
}

// shareAccessGrant restricts through the public uplink library, which has no permission for locks as such and
// none for bucket notifications.
func shareAccessGrant(form restrictForm) (restrictedAccessGrant, error) {
	access, err := uplink.ParseAccess(form.AccessGrant)
	if err != nil {
		return restrictedAccessGrant{}, err
	}
	var prefixes []uplink.SharePrefix
	for _, p := range form.Prefixes {
		prefixes = append(prefixes, uplink.SharePrefix{Bucket: string(p.Bucket), Prefix: string(p.Prefix)})
	}
	shared, err := access.Share(uplinkPermission(form.Permission.grantPermission()), prefixes...)
	if err != nil {
		return restrictedAccessGrant{}, err
	}
	serialized, err := shared.Serialize()
	if err != nil {
		return restrictedAccessGrant{}, err
	}
	restricted, err := grant.ParseAccess(serialized)
	if err != nil {
		return restrictedAccessGrant{}, err
	}
	return restrictedAccessGrantOf(restricted)
}

func uplinkPermission(p grant.Permission) uplink.Permission {
	return uplink.Permission{
		AllowDownload:                         p.AllowDownload,
		AllowUpload:                           p.AllowUpload,
		AllowList:                             p.AllowList,
		AllowDelete:                           p.AllowDelete,
		AllowLock:                             p.AllowLock,
		AllowPutObjectRetention:               p.AllowPutObjectRetention,
		AllowGetObjectRetention:               p.AllowGetObjectRetention,
		AllowPutObjectLegalHold:               p.AllowPutObjectLegalHold,
		AllowGetObjectLegalHold:               p.AllowGetObjectLegalHold,
		AllowBypassGovernanceRetention:        p.AllowBypassGovernanceRetention,
		AllowPutBucketObjectLockConfiguration: p.AllowPutBucketObjectLockConfiguration,
		AllowGetBucketObjectLockConfiguration: p.AllowGetBucketObjectLockConfiguration,
		NotBefore:                             p.NotBefore,
		NotAfter:                              p.NotAfter,
		MaxObjectTTL:                          p.MaxObjectTTL,
	}
}

func restrictedAccessGrantOf(access *grant.Access) (restrictedAccessGrant, error) {
	shown, err := accessGrantOf(access)
	if err != nil {
		return restrictedAccessGrant{}, err
	}
	caveats := shown.APIKey.Caveats
	return restrictedAccessGrant{shown, caveats[len(caveats)-1]}, nil
}

type overrideForm struct {
	AccessGrant string   `json:"access_grant"`
	Bucket      hexBytes `json:"bucket"`
	Prefix      hexBytes `json:"prefix"`
	Passphrase  hexBytes `json:"passphrase"`
	Salt        hexBytes `json:"salt"`
}

// overrideKey gives one user's prefix a key of its own, as uplink does for applications with many users.
func overrideKey(form overrideForm) (accessGrant, error) {
	access, err := uplink.ParseAccess(form.AccessGrant)
	if err != nil {
		return accessGrant{}, err
	}
	userKey, err := uplink.DeriveEncryptionKey(string(form.Passphrase), form.Salt)
	if err != nil {
		return accessGrant{}, err
	}
	if err := access.OverrideEncryptionKey(string(form.Bucket), string(form.Prefix), userKey); err != nil {
		return accessGrant{}, err
	}
	serialized, err := access.Serialize()
	if err != nil {
		return accessGrant{}, err
	}
	overridden, err := grant.ParseAccess(serialized)
	if err != nil {
		return accessGrant{}, err
	}
	return accessGrantOf(overridden)
}
