package fakenebula

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// KindAPIKey is the kind of API keys.
const KindAPIKey Kind = "API key"

// The operations on API keys.
const (
	OpCreateKey Operation = "create key"
	OpListKeys  Operation = "list keys"
	// OpChangeKey renames a key or gives it another secret.
	OpChangeKey Operation = "change key"
	OpDeleteKey Operation = "delete key"
)

// Facts of a request that creates a key: what it asks for.
const (
	FactDescription = "description"
	FactTeam        = "team_id" // not there when it names none
)

// CredentialAPIKey is an API key.
const CredentialAPIKey CredentialKind = "api key"

// ViaOneKey is how a create deletes the keys before it (KeyOptions.OneKey); the
// actor is the credential of the create.
const ViaOneKey Via = "one-key account"

// apiKey are the fields that only API keys have.
type apiKey struct {
	description string
	secret      string
	team        *int
	inactive    bool
}

// apiKeys is the part of the API that is about API keys.
type apiKeys struct {
	*store[apiKey]
	options   KeyOptions
	generated map[string]int // by account, through the API
}

func newAPIKeys(s *Server) *apiKeys {
	keys := &apiKeys{store: newStore[apiKey](s, KindAPIKey), options: s.options.Keys, generated: map[string]int{}}
	for _, seed := range s.options.APIKeys {
		by := Actor{Via: ViaDirect, Account: seed.Account}
		keys.make(seed.Name, apiKey{description: seed.Description, secret: seed.Secret}, by, s.clock.Now())
	}
	return keys
}

func (keys *apiKeys) routes() []route {
	var all []route
	add := func(spellings, enabled []string, r route) {
		below := r.path
		for _, spelling := range spellings {
			r.path, r.absent, r.absentStatus = spelling+below, !slices.Contains(enabled, spelling), keys.options.AbsentStatus
			all = append(all, r)
		}
	}
	o := keys.options
	add(CreateSpellings(), o.CreateRoutes, route{method: http.MethodPost, operation: OpCreateKey, changes: true,
		describe: describeKeyCreate, handle: keys.create})
	add(ListSpellings(), o.ListRoutes, route{method: http.MethodGet, operation: OpListKeys, handle: keys.list})
	add(ChangeSpellings(), o.ChangeRoutes, route{method: http.MethodPut, path: "/{id}", operation: OpChangeKey, changes: true,
		handle: keys.change})
	add(DeleteSpellings(), o.DeleteRoutes, route{method: http.MethodDelete, path: "/{id}", operation: OpDeleteKey, changes: true,
		handle: keys.drop})
	return all
}

// keyCreate is what a create takes.
type keyCreate struct {
	Name        string  `json:"name"`
	Description *string `json:"description"`
	TeamID      *int    `json:"team_id"`
}

func (b keyCreate) description() string {
	if b.Description == nil {
		return ""
	}
	return *b.Description
}

func describeKeyCreate(c *call) {
	var body keyCreate
	if c.decode(&body) != nil {
		return
	}
	c.entry.ObjectName = body.Name
	c.note(FactDescription, body.description())
	if body.TeamID != nil {
		c.note(FactTeam, strconv.Itoa(*body.TeamID))
	}
}

func (keys *apiKeys) create(c *call, at time.Time) Answer {
	s := keys.server
	var body keyCreate
	if refusal := s.readJSON(c, &body); refusal.Status != 0 {
		return refusal
	}
	if refusal := keys.refuseCreate(c, body); refusal.Status != 0 {
		return refusal
	}
	name := s.stored("name", body.Name)
	if existing := keys.named(c.actor.Account, name); existing != nil && keys.options.SameName != NameRepeats {
		return keys.sameName(c, existing)
	}
	if keys.options.OneKey {
		by := c.actor
		by.Via = ViaOneKey
		for _, old := range keys.live(c.actor.Account) {
			keys.revoke(old, by, at)
		}
	}
	keys.generated[c.actor.Account]++
	k := keys.make(body.Name, apiKey{description: body.description(), team: body.TeamID}, c.actor, at)
	c.entry.ObjectID = k.ID
	return succeeded("API key successfully created", keys.created(k, k.fields.secret))
}

// refuseCreate finds what is wrong with a create.
func (keys *apiKeys) refuseCreate(c *call, body keyCreate) Answer {
	s := keys.server
	switch {
	case body.Name == "":
		return s.refuseField(0, FieldError{Type: "missing", Loc: []string{"body", "name"}, Msg: "Name is required", Input: bodyInput(c.body)})
	case body.TeamID != nil && keys.options.TakesTeam == No:
		return s.refuseField(0, FieldError{Type: "extra_forbidden", Loc: []string{"body", "team_id"}, Msg: "Invalid JSON", Input: *body.TeamID})
	case body.TeamID == nil && keys.options.NeedsTeam:
		return s.refuse(http.StatusBadRequest, "Personal API keys can only be regenerated")
	}
	return keys.refuseGenerating(c)
}

// refuseGenerating refuses a further key of an account that has used its limit
// up.
func (keys *apiKeys) refuseGenerating(c *call) Answer {
	n := keys.generated[c.actor.Account]
	if limit := keys.options.Limit; limit == 0 || n < limit {
		return Answer{}
	}
	return keys.server.refuse(http.StatusBadRequest, fmt.Sprintf(
		"The limit is reached: you have generated %d API keys. Please contact support to increase the limit.", n))
}

// named is a key of that name in the account, nil when there is none.
func (keys *apiKeys) named(account, name string) *object[apiKey] {
	for _, k := range keys.live(account) {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// sameName answers a create whose name exists.
func (keys *apiKeys) sameName(c *call, existing *object[apiKey]) Answer {
	secret := existing.fields.secret
	switch keys.options.SameName {
	case NameRefused:
		return keys.server.refuse(keys.options.SameNameStatus, "An API key with this name already exists")
	case NameReturnsBare:
		secret = ""
	case NameReturnsMasked:
		secret = keys.options.Prefix + "****"
	default: // as if it had just been made
	}
	c.entry.ObjectID = existing.ID
	return succeeded("API key successfully created", keys.created(existing, secret))
}

// createdKey is the answer to a create.
type createdKey struct {
	ID          json.RawMessage `json:"id"`
	Key         string          `json:"key,omitempty"`
	Name        *string         `json:"name,omitempty"`
	Description *string         `json:"description,omitempty"`
}

func (keys *apiKeys) created(k *object[apiKey], secret string) createdKey {
	answer := createdKey{ID: keys.server.idJSON(k.ID), Key: secret}
	if keys.options.BareAnswers == No {
		answer.Name, answer.Description = &k.Name, &k.fields.description
	}
	return answer
}

func (keys *apiKeys) list(c *call, at time.Time) Answer {
	rows := []any{}
	for _, k := range keys.shown(c, at) {
		rows = append(rows, keys.row(k))
	}
	return succeeded("API keys successfully retrieved", rows)
}

// row is a row of the list.
func (keys *apiKeys) row(k *object[apiKey]) any {
	var description *string
	if keys.options.RowsDescribe == Yes {
		listed := keys.server.listed("description", k.fields.description)
		description = &listed
	}
	name := keys.server.listed("name", k.Name)
	if keys.options.Rows == Reading2025 {
		row := keys.row2025(k, description)
		row.Name = name
		return row
	}
	return struct {
		ID          json.RawMessage `json:"id"`
		Name        string          `json:"name"`
		Description *string         `json:"description,omitempty"`
		// The real API shows the same partial key in every row.
		PartialKeyData string `json:"partial_key_data"`
	}{keys.server.idJSON(k.ID), name, description, "ak_..."}
}

// keyRow2025 is a row of 2025, and the answer to a change.
type keyRow2025 struct {
	ID          json.RawMessage `json:"id"`
	Name        string          `json:"name"`
	Description *string         `json:"description,omitempty"`
	Key         string          `json:"key"`
	Status      int             `json:"status"` // 1 active, 2 inactive
	CreatedAt   int64           `json:"created_at"`
	Team        *keyTeam        `json:"team"`
}

type keyTeam struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (keys *apiKeys) row2025(k *object[apiKey], description *string) keyRow2025 {
	row := keyRow2025{ID: keys.server.idJSON(k.ID), Name: k.Name, Description: description, Key: k.fields.secret,
		Status: 1, CreatedAt: k.CreatedAt.Unix()}
	if keys.options.ListSecrets == No {
		row.Key = masked(k.fields.secret)
	}
	if k.fields.inactive {
		row.Status = 2
	}
	if team := k.fields.team; team != nil {
		row.Team = &keyTeam{*team, fmt.Sprintf("Team %d", *team), "Test Description"}
	}
	return row
}

// masked is a secret as a list may show it: different in each row, and no use.
func masked(secret string) string {
	if len(secret) < 16 {
		return strings.Repeat("*", 24)
	}
	return secret[:7] + strings.Repeat("*", 16) + secret[len(secret)-4:]
}

func (keys *apiKeys) change(c *call, at time.Time) Answer {
	var body struct {
		Name       *string `json:"name"`
		Regenerate bool    `json:"regenerate"`
	}
	if refusal := keys.server.readJSON(c, &body); refusal.Status != 0 {
		return refusal
	}
	k := keys.find(c.actor.Account, c.id)
	if k == nil {
		return keys.server.refuse(keys.options.UnknownIDStatus, "API key not found")
	}
	if body.Regenerate {
		if refusal := keys.refuseGenerating(c); refusal.Status != 0 {
			return refusal
		}
		k = keys.regenerate(k, c.actor, at)
	}
	if body.Name != nil {
		k.Name = keys.server.stored("name", *body.Name)
	}
	c.entry.ObjectName = k.Name
	row := keys.row2025(k, nil)
	if body.Regenerate {
		row.Key = k.fields.secret
	}
	return succeeded("API key successfully updated", row)
}

// regenerate gives a key another secret and ends the old one. It returns the
// object, which is another one where the id moves.
func (keys *apiKeys) regenerate(k *object[apiKey], by Actor, at time.Time) *object[apiKey] {
	keys.generated[k.Account]++
	if keys.options.RegeneratingMovesID {
		fields := k.fields
		fields.secret = ""
		keys.revoke(k, by, at)
		return keys.make(k.Name, fields, by, at)
	}
	keys.server.end(k.fields.secret, at)
	k.fields.secret = keys.newSecret()
	keys.server.issue(k.fields.secret, CredentialAPIKey, k.ID, k.Account, time.Time{})
	return k
}

func (keys *apiKeys) drop(c *call, at time.Time) Answer {
	k := keys.find(c.actor.Account, c.id)
	if k == nil {
		return keys.server.refuse(keys.options.UnknownIDStatus, "API key not found")
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
	fields.description = keys.server.stored("description", fields.description)
	k := keys.add(keys.server.stored("name", name), fields, by, at)
	keys.server.issue(fields.secret, CredentialAPIKey, k.ID, k.Account, time.Time{})
	return k
}

// newSecret is an API key: the prefix and 43 URL-safe characters, as
// documented.
func (keys *apiKeys) newSecret() string {
	return keys.options.Prefix + base64.RawURLEncoding.EncodeToString(keys.server.randomBytes(32))
}

// revoke deletes a key and makes it useless. The state is locked.
func (keys *apiKeys) revoke(k *object[apiKey], by Actor, at time.Time) {
	keys.remove(k, by, at)
	keys.server.end(k.fields.secret, at)
}
