package fakenebula

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// ListSpellings are the routes under which the vendor's documents and tools
// list keys, the oldest first.
func ListSpellings() []string { return []string{"/api-keys", "/api_keys", "/keys"} }

func apiKeyRoutes(options Options) []route {
	routes := []route{{
		method: http.MethodPost, path: "/api-keys", operation: OpCreateKey,
		describe: describeCreate,
		handle:   func(s *Server, c *call, at time.Time) Answer { return s.createKey(c, at) },
	}, {
		method: http.MethodDelete, path: "/api-keys/{id}", operation: OpDeleteKey,
		describe: func(c *call) { c.entry.KeyID = c.id },
		handle:   func(s *Server, c *call, at time.Time) Answer { return s.dropKey(c, at) },
	}}
	enabled := options.ListRoutes
	if len(enabled) == 0 {
		enabled = ListSpellings()[:1]
	}
	for _, path := range ListSpellings() {
		list := route{method: http.MethodGet, path: path, operation: OpListKeys,
			handle: func(s *Server, c *call, at time.Time) Answer { return s.listKeys(c, at) }}
		if !slices.Contains(enabled, path) {
			// A spelling that does not exist asks for no credential.
			list.open = true
			list.handle = func(*Server, *call, time.Time) Answer {
				return Failed(cmp.Or(options.OtherListStatus, http.StatusNotFound), "Not Found")
			}
		}
		routes = append(routes, list)
	}
	return routes
}

// createBody is what POST /api-keys takes.
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
		c.entry.KeyName, c.entry.KeyDescription = body.Name, body.description()
	}
}

func (s *Server) createKey(c *call, at time.Time) Answer {
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
	if s.options.OneKey {
		for _, old := range s.keys.live() {
			s.keys.remove(old, Actor{Via: ViaOneKey, Kind: c.actor.Kind, ID: c.actor.ID}, at)
		}
	}
	k := s.addKey(body.Name, body.description(), "", c.actor, at)
	k.visibleAt = at.Add(s.options.HideNewFor)
	c.entry.KeyID = k.ID
	return succeeded("API key successfully created", struct {
		ID          json.RawMessage `json:"id"`
		Key         string          `json:"key"`
		Name        string          `json:"name"`
		Description string          `json:"description"`
	}{s.idJSON(k.ID), k.secret, k.Name, k.Description})
}

// listedKey is one row of the list. The real API shows the same partial key in
// every row.
type listedKey struct {
	ID             json.RawMessage `json:"id"`
	Name           string          `json:"name"`
	Description    string          `json:"description"`
	PartialKeyData string          `json:"partial_key_data"`
}

func (s *Server) listKeys(c *call, at time.Time) Answer {
	rows := []listedKey{}
	for _, k := range s.keys.live() {
		if k.visibleAt.After(at) || c.omit != nil && c.omit(k.Key) {
			continue
		}
		rows = append(rows, listedKey{s.idJSON(k.ID), k.Name, k.Description, "ak_..."})
	}
	return succeeded("API keys successfully retrieved", rows)
}

func (s *Server) dropKey(c *call, at time.Time) Answer {
	k := s.keys.byID[c.id]
	if k == nil {
		return Failed(http.StatusNotFound, "API key not found")
	}
	s.keys.remove(k, c.actor, at)
	return succeeded("API key successfully deleted", struct{}{})
}

// idJSON is an id as JSON, in the style of the options.
func (s *Server) idJSON(id string) json.RawMessage {
	if s.options.IDs == IntIDs {
		return json.RawMessage(id)
	}
	return json.RawMessage(strconv.Quote(id))
}
