package fakenebula

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// KindAPIKey is the kind of API keys.
const KindAPIKey Kind = "API key"

// The operations on API keys.
const (
	OpCreateKey Operation = "create key"
	OpListKeys  Operation = "list keys"
	OpDeleteKey Operation = "delete key"
)

// FactDescription is the fact of a request that creates a key: the description
// that it asks for.
const FactDescription = "description"

// CredentialAPIKey is an API key.
const CredentialAPIKey CredentialKind = "api key"

// ViaOneKey is how a create deletes the keys before it (KeyOptions.OneKey); the
// actor is the credential of the create.
const ViaOneKey Via = "one-key account"

// KeyOptions are the knobs of API keys.
type KeyOptions struct {
	// OneKey makes a create delete all keys of the account that existed before
	// it, the credential of the call included.
	OneKey bool
	// ListRoutes are those of ListSpellings under which keys can be listed;
	// only "/api-keys" when empty.
	ListRoutes []string
	// AbsentStatus answers the spellings that this API does not have; 404, or
	// 405 where the path has another method, when zero.
	AbsentStatus int
}

// apiKey are the fields that only API keys have.
type apiKey struct {
	description string
	secret      string
}

// apiKeys is the part of the API that is about API keys.
type apiKeys struct {
	*store[apiKey]
	options KeyOptions
}

func newAPIKeys(s *Server) *apiKeys {
	keys := &apiKeys{store: newStore[apiKey](s, KindAPIKey), options: s.options.Keys}
	for _, seed := range s.options.APIKeys {
		by := Actor{Via: ViaDirect, Account: seed.Account}
		keys.make(seed.Name, apiKey{description: seed.Description, secret: seed.Secret}, by, s.clock.Now())
	}
	return keys
}

// ListSpellings are the routes under which the vendor's documents and tools
// list keys, the oldest first.
func ListSpellings() []string { return []string{"/api-keys", "/api_keys", "/keys"} }

func (keys *apiKeys) routes() []route {
	routes := []route{{
		method: http.MethodPost, path: "/api-keys", operation: OpCreateKey, changes: true,
		describe: describeCreate, handle: keys.create,
	}, {
		method: http.MethodDelete, path: "/api-keys/{id}", operation: OpDeleteKey, changes: true,
		handle: keys.drop,
	}}
	enabled := keys.options.ListRoutes
	if len(enabled) == 0 {
		enabled = ListSpellings()[:1]
	}
	for _, path := range ListSpellings() {
		routes = append(routes, route{method: http.MethodGet, path: path, operation: OpListKeys, handle: keys.list,
			absent: !slices.Contains(enabled, path), absentStatus: keys.options.AbsentStatus})
	}
	return routes
}

// createBody is what a create takes.
type createBody struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
}

func (b createBody) description() string {
	if b.Description == nil {
		return ""
	}
	return *b.Description
}

func describeCreate(c *call) {
	var body createBody
	if c.decode(&body) == nil {
		c.entry.ObjectName = body.Name
		c.note(FactDescription, body.description())
	}
}

func (keys *apiKeys) create(c *call, at time.Time) Answer {
	if c.mediaType() != "application/json" {
		return Failed(http.StatusUnsupportedMediaType, "Unsupported media type")
	}
	var body createBody
	if err := c.decode(&body); err != nil {
		return Failed(http.StatusBadRequest, "Invalid JSON")
	}
	if body.Name == "" {
		return Failed(http.StatusBadRequest, "Name is required")
	}
	if keys.options.OneKey {
		by := c.actor
		by.Via = ViaOneKey
		for _, old := range keys.live(c.actor.Account) {
			keys.revoke(old, by, at)
		}
	}
	k := keys.make(body.Name, apiKey{description: body.description()}, c.actor, at)
	c.entry.ObjectID = k.ID
	return succeeded("API key successfully created", struct {
		ID          json.RawMessage `json:"id"`
		Key         string          `json:"key"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
	}{keys.server.idJSON(k.ID), k.fields.secret, k.Name, k.fields.description})
}

// listedKey is one row of the list. The real API shows the same partial key in
// every row.
type listedKey struct {
	ID             json.RawMessage `json:"id"`
	Name           string          `json:"name"`
	Description    string          `json:"description"`
	PartialKeyData string          `json:"partial_key_data"`
}

func (keys *apiKeys) list(c *call, at time.Time) Answer {
	rows := []listedKey{}
	for _, k := range keys.shown(c, at) {
		rows = append(rows, listedKey{keys.server.idJSON(k.ID), k.Name, k.fields.description, "ak_..."})
	}
	return succeeded("API keys successfully retrieved", rows)
}

func (keys *apiKeys) drop(c *call, at time.Time) Answer {
	k := keys.find(c.actor.Account, c.id)
	if k == nil {
		return Failed(http.StatusNotFound, "API key not found")
	}
	keys.revoke(k, c.actor, at)
	return succeeded("API key successfully deleted", struct{}{})
}

// make creates a key, with a random secret when it has none. The state is
// locked, or not yet shared.
func (keys *apiKeys) make(name string, fields apiKey, by Actor, at time.Time) *object[apiKey] {
	if fields.secret == "" {
		fields.secret = keys.newSecret()
	}
	k := keys.add(name, fields, by, at)
	keys.server.issue(fields.secret, CredentialAPIKey, k.ID, k.Account, time.Time{})
	return k
}

// newSecret is an API key: "ak_" and 43 URL-safe characters, as documented.
func (keys *apiKeys) newSecret() string {
	return "ak_" + base64.RawURLEncoding.EncodeToString(keys.server.randomBytes(32))
}

// revoke deletes a key and makes it useless. The state is locked.
func (keys *apiKeys) revoke(k *object[apiKey], by Actor, at time.Time) {
	keys.remove(k, by, at)
	keys.server.end(k.fields.secret, at)
}
