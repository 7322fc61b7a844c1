package nebula

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// AccessTokenInfo is an access token with the time it expires.
type AccessTokenInfo struct {
	Token     string
	ExpiresAt time.Time
}

// String keeps the token out of a stray %v.
func (i AccessTokenInfo) String() string { return string(KindAccessToken) }

// GoString is String, for %#v.
func (i AccessTokenInfo) GoString() string { return i.String() }

// AccessToken gives the access token that the client's calls are made with,
// logging in where needed. With an API key there is none: the API hands out
// tokens for a user name and password only.
func (c *Client) AccessToken(ctx context.Context) (AccessTokenInfo, error) {
	switch source := c.credential.(type) {
	case *session:
		return source.accessToken(ctx)
	case fixed:
		if source.credentialKind == KindAccessToken {
			info := AccessTokenInfo{Token: source.value}
			if expiry, ok := tokenExpiry(source.value); ok {
				info.ExpiresAt = expiry
			}
			return info, nil
		}
	}
	return AccessTokenInfo{}, &CredentialError{Reason: "an access token is issued for a user name and password only, and the client was given an API key"}
}

// tokenExpiry reads the "exp" claim of a JWT (RFC 7519, section 4.1.4) without
// verifying it: the answer only decides when to log in again.
func tokenExpiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Exp float64 `json:"exp"`
	}
	const farthest = 1 << 40
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Exp <= 0 || claims.Exp > farthest {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Exp), 0).UTC(), true
}
