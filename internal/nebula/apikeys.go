package nebula

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// The routes of API keys, each kind of call with its spellings (see the package
// comment). /api_keys/{id} was reported not to delete.
var (
	createKey  = spellings{http.MethodPost + " API key", []string{"/api-keys", "/keys"}}
	listKeys   = spellings{http.MethodGet + " API keys", []string{"/api-keys", "/api_keys", "/keys"}}
	deleteKeys = spellings{http.MethodDelete + " API key", []string{"/api-keys/{id}", "/keys/{id}"}}
)

// APIKey is a key as the list shows it. A field that the row lacks is nil, zero
// or empty: it says nothing.
type APIKey struct {
	ID          ID
	Name        string
	Description *string
	CreatedAt   time.Time
	// Active comes from the row's status: 1 is true, 2 is false.
	Active *bool
	Team   *Team
	// Fingerprint is the hex SHA-256 of the row's "key", which itself is kept
	// nowhere.
	Fingerprint string
}

// Team is the team that a key belongs to.
type Team struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// APIKeyRequest is what a new key is made of. Description and TeamID are left
// out of the request when they are empty; a TeamID of digits only is sent as a
// number.
type APIKeyRequest struct {
	Name, Description, TeamID string
}

// CreatedAPIKey is the answer to a create: the only place where the secret is
// ever shown. A field that the answer lacks is nil or zero.
type CreatedAPIKey struct {
	ID          ID
	Secret      string
	Name        *string
	Description *string
	CreatedAt   time.Time
}

// String keeps the secret out of a stray %v.
func (k CreatedAPIKey) String() string { return "API key " + CleanText(string(k.ID)) }

// GoString is String, for %#v.
func (k CreatedAPIKey) GoString() string { return k.String() }

// CreateAPIKey makes a key (POST /api-keys, else /keys). prepare says what to
// make it of and is called for each try, because a try can follow long after
// the call began. The call is sent again only when it was certainly not sent
// before, or was refused for its route or its rate; after an ambiguous failure
// the key may exist. A success without the secret is a *MissingSecretError.
func (c *Client) CreateAPIKey(ctx context.Context, prepare func() (APIKeyRequest, error)) (CreatedAPIKey, error) {
	body := jsonBody(func() (keyRequest, error) {
		request, err := prepare()
		return keyRequest{request.Name, request.Description, numberOrText(request.TeamID)}, err
	})
	created, _, err := firstKnown(ctx, c, createKey, func(ctx context.Context, t target) (createdKey, error) {
		call := posting(t, body)
		call.effect = &c.credentialMade
		return receive[createdKey](ctx, c, call)
	})
	switch {
	case err != nil:
		return CreatedAPIKey{}, err
	case !isWholeSecret(created.Key):
		return CreatedAPIKey{}, &MissingSecretError{ID: created.ID}
	}
	return CreatedAPIKey{created.ID, created.Key, created.Name, created.Description, created.CreatedAt.Time}, nil
}

// ListAPIKeys lists all keys and names the spelling of the route that answered
// (GET /api-keys, else /api_keys, else /keys). A list that is not whole and
// well-formed is an error, never a short list.
func (c *Client) ListAPIKeys(ctx context.Context) (keys []APIKey, route string, err error) {
	rows, route, err := firstKnown(ctx, c, listKeys, func(ctx context.Context, t target) ([]keyRow, error) {
		return whole(ctx, c, listOf[keyRow]{target: t, key: func(r keyRow) string { return string(r.ID) }})
	})
	if err != nil {
		return nil, "", err
	}
	keys = make([]APIKey, len(rows))
	for i, row := range rows {
		keys[i] = row.apiKey()
	}
	return keys, route, nil
}

// VerifyAPIKey checks that the API accepts a key, which may be another than the
// client's own: it asks for the list with it and looks at nothing but whether
// that succeeds. A key that is not accepted is an error for which
// IsUnauthorized holds.
func (c *Client) VerifyAPIKey(ctx context.Context, secret string) error {
	_, _, err := firstKnown(ctx, c, listKeys, func(ctx context.Context, t target) (struct{}, error) {
		call := reading(t)
		call.bearer = secret
		return struct{}{}, c.do(ctx, call)
	})
	return err
}

// DeleteAPIKey gives the ways to delete a key, one for each spelling of the
// route, the one that this API is known to have first (else DELETE
// /api-keys/{id}). Each is to be tried only when the one before got 404 or 405
// and a list still shows the key. A way is sent again after faults, because
// deleting twice is deleting once. Only nil means that the API said so: what an
// error means for the key, a list must decide.
func (c *Client) DeleteAPIKey(id ID) []func(context.Context) error {
	var ways []func(context.Context) error
	for _, i := range deleteKeys.order(&c.known) {
		ways = append(ways, func(ctx context.Context) error {
			call := deleting(at(deleteKeys.routes[i], id))
			call.effect = &c.credentialRevoked
			err := c.do(ctx, call)
			if err == nil {
				c.known.setSpelling(deleteKeys.kind, i)
			}
			return err
		})
	}
	return ways
}

// keyRequest is the request of a create.
type keyRequest struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	TeamID      json.RawMessage `json:"team_id,omitempty"`
}

// createdKey is the answer to a create. The key may be missing: then there is an
// object all the same, which its id names.
type createdKey struct {
	ID          ID      `json:"id"`
	Key         string  `json:"key"`
	Name        *string `json:"name"`
	Description *string `json:"description"`
	CreatedAt   Stamp   `json:"created_at"`
}

// lacks refuses an id that no later request could carry: such a key could never
// be deleted.
func (k createdKey) lacks() string {
	if k.ID == "" {
		return "the answer holds no id of the new key"
	}
	if _, err := ParseID(string(k.ID)); err != nil {
		return "the answer holds an id that is not valid in a request"
	}
	return ""
}

// keyRow is a row of the list, in both readings of the API.
type keyRow struct {
	ID          ID             `json:"id"`
	Name        string         `json:"name"`
	Description *string        `json:"description"`
	Key         fingerprint    `json:"key"`
	Status      Number         `json:"status"`
	CreatedAt   Stamp          `json:"created_at"`
	Team        optional[Team] `json:"team"`
}

// lacks spoils the whole list for one row without an id: a list that may lack a
// key must not be used to say that a key is gone.
func (r keyRow) lacks() string {
	if r.ID == "" {
		return "a key in the answer's list has no id"
	}
	return ""
}

func (r keyRow) apiKey() APIKey {
	key := APIKey{
		ID: r.ID, Name: r.Name, Description: r.Description, CreatedAt: r.CreatedAt.Time,
		Team: r.Team.value, Fingerprint: string(r.Key),
	}
	if status, ok := r.Status.Int(); ok && (status == 1 || status == 2) {
		active := status == 1
		key.Active = &active
	}
	return key
}

// isWholeSecret tells a key from none, and from one that is shown in part.
func isWholeSecret(key string) bool {
	return visible(key) && !strings.Contains(key, "**") && !strings.Contains(key, "...")
}
