package nebula

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

const routeLogin = "/login"

// A login that fails without an answer is tried three times in all.
const loginRetries = 2

// Statuses that say "not in this encoding" rather than "not with this
// password", whatever the body: frameworks answer so before the API's own code
// is reached.
var otherEncoding = []int{http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}

// login exchanges a user name and password for an access token. The
// documentation names the form encoding and shows JSON: the form goes first,
// JSON once when the API cannot read it.
func (c *Client) login(ctx context.Context, username, password string) (AccessTokenInfo, error) {
	form := url.Values{"username": {username}, "password": {password}}
	info, err := c.loginAs(ctx, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if !hasStatus(err, otherEncoding...) {
		return info, err
	}
	body, err := json.Marshal(map[string]string{"username": username, "password": password})
	if err != nil {
		return AccessTokenInfo{}, err
	}
	return c.loginAs(ctx, "application/json", body)
}

func (c *Client) loginAs(ctx context.Context, contentType string, body []byte) (AccessTokenInfo, error) {
	var token string
	err := c.do(ctx, call{
		method:      http.MethodPost,
		route:       routeLogin,
		path:        routeLogin,
		body:        func() ([]byte, error) { return body, nil },
		contentType: contentType,
		anonymous:   true,
		retry:       func(e *APIError) bool { return !e.Certificate && !hasStatus(e, otherEncoding...) },
		maxFaults:   loginRetries,
		decode: func(body []byte) (wrong string) {
			token, wrong = decodeToken(body)
			return wrong
		},
	})
	if err != nil {
		return AccessTokenInfo{}, err
	}
	now := c.clock.Now()
	info := AccessTokenInfo{Token: token, ExpiresAt: now.Add(tokenLifetime)}
	// A token that has expired as it arrives shows that the two clocks differ;
	// believing it would mean a login for every call.
	if expiry, ok := tokenExpiry(token); ok && expiry.After(now.Add(renewEarly)) {
		info.ExpiresAt = expiry
	}
	return info, nil
}

// decodeToken reads the answer to a login.
func decodeToken(body []byte) (token, wrong string) {
	data, ok := decodeData[struct {
		Token string `json:"jwtToken"`
	}](body)
	if !ok || data.Token == "" {
		return "", "the answer holds no access token (data.jwtToken)"
	}
	return data.Token, ""
}

// isRefusedLogin tells a refusal, which will not change, from a fault and from
// a rate limit, which may.
func isRefusedLogin(err error) bool {
	var e *APIError
	if !errors.As(err, &e) {
		return false
	}
	return e.Class == Refused && e.Status != http.StatusTooManyRequests || hasStatus(e, otherEncoding...)
}
