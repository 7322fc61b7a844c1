package nebula

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

const (
	routeAPIKeys = "/api-keys"
	routeAPIKey  = "/api-keys/{id}"
)

// listRoutes are the spellings under which the list of keys was documented or
// seen (see the package comment), in the order in which they are tried.
var listRoutes = []string{"/api-keys", "/api_keys", "/keys"}

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
// out of the request when they are empty; a TeamID of digits is sent as a
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
// before, or refused for its route or rate; after an ambiguous failure the key
// may exist. A success without the secret is a *MissingSecretError.
func (c *Client) CreateAPIKey(ctx context.Context, prepare func() (APIKeyRequest, error)) (CreatedAPIKey, error) {
	var created CreatedAPIKey
	err := c.do(ctx, call{
		method: http.MethodPost,
		route:  routeAPIKeys,
		path:   routeAPIKeys,
		body: func() (body []byte, err error) {
			request, err := prepare()
			if err != nil {
				return nil, err
			}
			return encodeJSON(struct {
				Name        string `json:"name"`
				Description string `json:"description,omitempty"`
				TeamID      string `json:"team_id,omitempty"`
			}{request.Name, request.Description, request.TeamID})
		},
		contentType: "application/json",
		finish:      true,
		retry:       func(e *APIError) bool { return e.Class == NotSent && !e.Certificate },
		decode: func(body []byte) (wrong string) {
			created, wrong = decodeCreated(body)
			return wrong
		},
	})
	if err != nil {
		return CreatedAPIKey{}, err
	}
	c.created.Store(true)
	if created.Secret == "" {
		return CreatedAPIKey{}, &MissingSecretError{ID: created.ID}
	}
	return created, nil
}

// ListAPIKeys lists all keys and names the spelling of the route that answered
// (GET /api-keys, else /api_keys, else /keys). A list that is not whole and
// well-formed is an error, never a short list.
func (c *Client) ListAPIKeys(ctx context.Context) (keys []APIKey, route string, err error) {
	return c.listAPIKeys(ctx, "")
}

// VerifyAPIKey checks that the API accepts a key, which may be another than the
// client's own. One that is not accepted is an error for which IsUnauthorized
// holds.
func (c *Client) VerifyAPIKey(ctx context.Context, secret string) error {
	_, _, err := c.listAPIKeys(ctx, secret)
	return err
}

func (c *Client) listAPIKeys(ctx context.Context, bearer string) ([]APIKey, string, error) {
	first := int(c.listRoute.Load())
	var missing *APIError
	for i := range listRoutes {
		index := (first + i) % len(listRoutes)
		var keys []APIKey
		err := c.do(ctx, call{
			method: http.MethodGet,
			route:  listRoutes[index],
			path:   listRoutes[index],
			bearer: bearer,
			retry:  func(e *APIError) bool { return !e.Certificate },
			decode: func(body []byte) (wrong string) {
				keys, wrong = decodeKeys(body)
				return wrong
			},
		})
		if err == nil {
			c.listRoute.Store(int64(index))
			return keys, listRoutes[index], nil
		}
		// A login that is not found is not this route's affair.
		var apiErr *APIError
		if !IsNotFound(err) || !errors.As(err, &apiErr) || apiErr.Route != listRoutes[index] {
			return nil, "", err
		}
		missing = apiErr
	}
	missing.Route = strings.Join(listRoutes, ", ")
	missing.Routes = listRoutes
	missing.URL = c.baseURL
	missing.Reason = "the API knows none of the documented routes of the list of keys"
	return nil, "", missing
}

// DeleteAPIKey gives the ways to delete a key, one for each spelling of the
// route, the one that this API is known to have first (else DELETE
// /api-keys/{id}). Each is to be tried only when the one before got 404 or 405
// and a list still shows the key. A way is sent again after faults, because
// deleting twice is deleting once. Only nil means that the API said so: what an
// error means for the key, a list must decide.
func (c *Client) DeleteAPIKey(id ID) []func(context.Context) error {
	return []func(context.Context) error{func(ctx context.Context) error {
		segment, err := id.pathSegment()
		if err != nil {
			return err
		}
		return c.do(ctx, call{
			method: http.MethodDelete,
			route:  routeAPIKey,
			path:   routeAPIKeys + "/" + segment,
			finish: true,
			// A success that cannot be read is better asked about than repeated.
			retry:  func(e *APIError) bool { return !e.Certificate && (e.Status < 200 || e.Status > 299) },
			decode: func([]byte) string { return "" },
		})
	}}
}

// decodeCreated reads the answer to a create. The key may be missing: then there
// is an object to be cleaned up, which its id names.
func decodeCreated(body []byte) (created CreatedAPIKey, wrong string) {
	wire, ok := decodeData[struct {
		ID          ID      `json:"id"`
		Key         string  `json:"key"`
		Name        *string `json:"name"`
		Description *string `json:"description"`
	}](body)
	if !ok || wire.ID == "" {
		return CreatedAPIKey{}, "the answer holds no id of the new key"
	}
	return CreatedAPIKey{ID: wire.ID, Secret: wire.Key, Name: wire.Name, Description: wire.Description}, ""
}

// decodeKeys reads the list. One row without an id spoils all of it: a list
// that may lack a key must not be used to say that a key is gone.
func decodeKeys(body []byte) (keys []APIKey, wrong string) {
	rows, ok := decodeData[[]struct {
		ID          ID      `json:"id"`
		Name        string  `json:"name"`
		Description *string `json:"description"`
	}](body)
	if !ok {
		return nil, "the answer's data is not a list of keys"
	}
	keys = make([]APIKey, len(rows))
	for i, row := range rows {
		if row.ID == "" {
			return nil, "a key in the answer's list has no id"
		}
		keys[i] = APIKey{ID: row.ID, Name: row.Name, Description: row.Description}
	}
	return keys, ""
}

// encodeJSON leaves <, > and & as they are: they are text here, not HTML.
func encodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
