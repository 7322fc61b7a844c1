package nebula

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

const (
	routeAPIKeys = "/api-keys"
	routeAPIKey  = "/api-keys/{id}"
)

// listRoutes are the spellings under which the list of keys was documented or
// seen (see the package comment), in the order in which they are tried.
var listRoutes = []string{"/api-keys", "/api_keys", "/keys"}

// APIKeyInfo is a key as the list shows it. The list never holds the secret.
type APIKeyInfo struct {
	ID          ID     `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// CreateAPIKeyRequest is what a new key is made of. Description is left out
// of the request when it is empty.
type CreateAPIKeyRequest struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Describe, where it is set, makes the description anew for each try. A
	// try can follow long after the call began, when a rate limit was waited
	// out, and what the description says of time should hold for the key.
	Describe func() (string, error) `json:"-"`
}

// CreatedAPIKey is the answer to a create: the only place where the secret is
// ever shown.
type CreatedAPIKey struct {
	ID          ID     `json:"id"`
	Key         string `json:"key"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// String keeps the secret out of a stray %v.
func (k CreatedAPIKey) String() string { return "API key " + CleanText(string(k.ID)) }

// GoString is String, for %#v.
func (k CreatedAPIKey) GoString() string { return k.String() }

// CreateAPIKey makes a key (POST /api-keys). It is sent again only when it was
// certainly not sent before; after an ambiguous failure the key may exist. A
// success without the secret is a *MissingKeyError.
func (c *Client) CreateAPIKey(ctx context.Context, req CreateAPIKeyRequest) (*CreatedAPIKey, error) {
	var created CreatedAPIKey
	err := c.do(ctx, call{
		method: http.MethodPost,
		route:  routeAPIKeys,
		path:   routeAPIKeys,
		body: func() (body []byte, err error) {
			if req.Describe != nil {
				if req.Description, err = req.Describe(); err != nil {
					return nil, err
				}
			}
			return encodeJSON(req)
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
		return nil, err
	}
	c.created.Store(true)
	if created.Key == "" {
		return nil, &MissingKeyError{ID: created.ID}
	}
	return &created, nil
}

// ListAPIKeys lists all keys (GET, the spelling that this API knows). A list
// that is not whole and well-formed is an error, never a short list.
func (c *Client) ListAPIKeys(ctx context.Context) ([]APIKeyInfo, error) {
	return c.listAPIKeys(ctx, "")
}

// VerifyAPIKey checks that the API accepts another key than the client's own,
// by listing with it. A key that is not accepted is an error for which
// IsUnauthorized holds.
func (c *Client) VerifyAPIKey(ctx context.Context, key string) error {
	_, err := c.listAPIKeys(ctx, key)
	return err
}

func (c *Client) listAPIKeys(ctx context.Context, bearer string) ([]APIKeyInfo, error) {
	first := int(c.listRoute.Load())
	var missing *APIError
	for i := range listRoutes {
		index := (first + i) % len(listRoutes)
		var keys []APIKeyInfo
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
			return keys, nil
		}
		// A login that is not found is not this route's affair.
		var apiErr *APIError
		if !IsNotFound(err) || !errors.As(err, &apiErr) || apiErr.Route != listRoutes[index] {
			return nil, err
		}
		missing = apiErr
	}
	missing.Route = strings.Join(listRoutes, ", ")
	missing.URL = c.baseURL
	missing.Reason = "the API knows none of the documented routes of the list of keys"
	return nil, missing
}

// DeleteAPIKey revokes a key (DELETE /api-keys/{id}). It is sent again after
// faults, because deleting twice is deleting once. Only nil means that the API
// said so: what an error means for the key, a list must decide.
func (c *Client) DeleteAPIKey(ctx context.Context, id ID) error {
	segment, err := id.pathSegment()
	if err != nil {
		return err
	}
	err = c.do(ctx, call{
		method: http.MethodDelete,
		route:  routeAPIKey,
		path:   routeAPIKeys + "/" + segment,
		finish: true,
		// A success that cannot be read is better asked about than repeated.
		retry:  func(e *APIError) bool { return !e.Certificate && (e.Status < 200 || e.Status > 299) },
		decode: func([]byte) string { return "" },
	})
	return err
}

// decodeCreated reads the answer to a create. The key may be missing: then there
// is an object to be cleaned up, which its id names.
func decodeCreated(body []byte) (created CreatedAPIKey, wrong string) {
	created, ok := decodeData[CreatedAPIKey](body)
	if !ok || created.ID == "" {
		return CreatedAPIKey{}, "the answer holds no id of the new key"
	}
	return created, ""
}

// decodeKeys reads the list. One row without an id spoils all of it: a list
// that may lack a key must not be used to say that a key is gone.
func decodeKeys(body []byte) (keys []APIKeyInfo, wrong string) {
	keys, ok := decodeData[[]APIKeyInfo](body)
	if !ok {
		return nil, "the answer's data is not a list of keys"
	}
	for _, key := range keys {
		if key.ID == "" {
			return nil, "a key in the answer's list has no id"
		}
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
