package nebula

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

const routeLogin = "/login"

// A login that fails without an answer is tried three times in all.
const loginRetries = 2

// isOtherEncoding tells the statuses that say "not in this encoding" rather than
// "not with this password", whatever the body: frameworks answer so before the
// API's own code is reached.
func isOtherEncoding(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}

// login exchanges a user name and password for an access token. The
// documentation names the form encoding and shows JSON: the form goes first,
// JSON once when the API cannot read it.
func (c *Client) login(ctx context.Context, username, password string) (AccessTokenInfo, error) {
	form := url.Values{"username": {username}, "password": {password}}
	info, err := c.loginAs(ctx, "application/x-www-form-urlencoded", []byte(form.Encode()))
	var refused *APIError
	if !errors.As(err, &refused) || !isOtherEncoding(refused.Status) {
		return info, err
	}
	body, err := json.Marshal(map[string]string{"username": username, "password": password})
	if err != nil {
		return AccessTokenInfo{}, err
	}
	return c.loginAs(ctx, "application/json", body)
}

func (c *Client) loginAs(ctx context.Context, contentType string, body []byte) (AccessTokenInfo, error) {
	answer, err := receive[loginAnswer](ctx, c, call{
		method:      http.MethodPost,
		target:      at(routeLogin),
		resends:     resendsLogins,
		body:        func() ([]byte, error) { return body, nil },
		contentType: contentType,
		anonymous:   true,
		maxFaults:   loginRetries,
	})
	if err != nil {
		return AccessTokenInfo{}, err
	}
	now := c.clock.Now()
	info := AccessTokenInfo{Token: answer.Token, ExpiresAt: now.Add(tokenLifetime)}
	// A token that has expired as it arrives shows that the two clocks differ;
	// believing it would mean a login for every call.
	if expiry, ok := tokenExpiry(info.Token); ok && expiry.After(now.Add(renewEarly)) {
		info.ExpiresAt = expiry
	}
	return info, nil
}

// loginAnswer is the data of the answer to a login.
type loginAnswer struct {
	Token string `json:"jwtToken"`
}

func (a loginAnswer) lacks() string {
	if !visible(a.Token) {
		return "the answer holds no access token (data.jwtToken)"
	}
	return ""
}

// visible says that s can stand in a header as it is.
func visible(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// isRefusedLogin tells a refusal, which will not change, from a fault and from
// a rate limit, which may.
func isRefusedLogin(err error) bool {
	var e *APIError
	if !errors.As(err, &e) {
		return false
	}
	return e.Class == Refused && e.Status != http.StatusTooManyRequests || isOtherEncoding(e.Status)
}
