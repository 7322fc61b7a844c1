package fakenebula

import "cmp"

// KeyOptions are the knobs of API keys. What is left at its zero value is as
// the reading has it.
type KeyOptions struct {
	// CreateRoutes, ListRoutes, ChangeRoutes and DeleteRoutes are the spellings
	// that this API has: of CreateSpellings, ListSpellings, ChangeSpellings and
	// DeleteSpellings, without "/{id}". 2024 has "/api-keys" and nothing to
	// change a key, 2025 has "/keys".
	CreateRoutes, ListRoutes, ChangeRoutes, DeleteRoutes []string
	// AbsentStatus answers the spellings that this API does not have; 404, or
	// 405 where the path has another method, when zero.
	AbsentStatus int

	// Prefix begins a new key: "ak_" in 2024, "sk-" in 2025.
	Prefix string
	// Rows says whose fields a list shows: description and partial_key_data of
	// 2024, or key, status, created_at and team of 2025.
	Rows Reading
	// RowsDescribe puts the description into the rows: in 2024, not in 2025.
	RowsDescribe Choice
	// ListSecrets puts the whole key into a row's key, of each colleague, else
	// a masked one. Whole in 2025; rows of 2024 have no key.
	ListSecrets Choice
	// BareAnswers makes a create answer with id and key alone: in 2025.
	BareAnswers Choice
	// TakesTeam accepts a team_id in a create: in 2025.
	TakesTeam Choice
	// NeedsTeam refuses a create without team_id.
	NeedsTeam bool
	// UnknownIDStatus refuses the delete and the change of a key that does not
	// exist; 404 when zero.
	UnknownIDStatus int

	// OneKey makes a create delete all keys of the account that existed before
	// it, the credential of the call included.
	OneKey bool
	// Limit is how many keys an account may generate, regenerations included;
	// no limit when zero.
	Limit int
	// SameName is what becomes of a create whose name a key of the account has.
	SameName SameName
	// SameNameStatus refuses it with NameRefused; 409 when zero.
	SameNameStatus int
	// RegeneratingMovesID gives a key a new id when it gets a new secret.
	RegeneratingMovesID bool
}

// SameName is what an API with unique names does about a name that exists.
type SameName int

// What becomes of a create with a name that exists.
const (
	// NameRepeats makes another key of that name.
	NameRepeats SameName = iota
	// NameRefused refuses it.
	NameRefused
	// NameReturnsBare answers with the existing key and no secret,
	// NameReturnsMasked with a masked one, and NameReturnsWhole with the
	// existing key as if it had just been made.
	NameReturnsBare
	NameReturnsMasked
	NameReturnsWhole
)

// CreateSpellings are the routes under which keys are created, the oldest
// first.
func CreateSpellings() []string { return []string{"/api-keys", "/keys"} }

// ListSpellings are the routes under which the vendor's documents and tools
// list keys, the oldest first.
func ListSpellings() []string { return []string{"/api-keys", "/api_keys", "/keys"} }

// ChangeSpellings are the routes under which keys are renamed and regenerated.
func ChangeSpellings() []string { return []string{"/keys"} }

// DeleteSpellings are the routes under which keys are deleted, the oldest
// first.
func DeleteSpellings() []string { return []string{"/api-keys", "/keys"} }

// resolved are the options with the knobs that the reading sets.
func (o KeyOptions) resolved(r Reading) KeyOptions {
	family := []string{pick(r, "/api-keys", "/keys")}
	for _, routes := range []*[]string{&o.CreateRoutes, &o.ListRoutes, &o.DeleteRoutes} {
		if len(*routes) == 0 {
			*routes = family
		}
	}
	if len(o.ChangeRoutes) == 0 && r == Reading2025 {
		o.ChangeRoutes = family
	}
	o.Prefix = cmp.Or(o.Prefix, pick(r, "ak_", "sk-"))
	o.Rows = cmp.Or(o.Rows, r)
	o.RowsDescribe = o.RowsDescribe.or(o.Rows == Reading2024)
	o.ListSecrets = o.ListSecrets.or(true)
	o.BareAnswers = o.BareAnswers.or(r == Reading2025)
	o.TakesTeam = o.TakesTeam.or(r == Reading2025 || o.NeedsTeam)
	o.UnknownIDStatus = cmp.Or(o.UnknownIDStatus, 404)
	o.SameNameStatus = cmp.Or(o.SameNameStatus, 409)
	return o
}
