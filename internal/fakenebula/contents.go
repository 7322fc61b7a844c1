package fakenebula

import (
	"cmp"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
)

// Options set up a Server. The zero value is an API with no key and no user,
// which answers as the vendor's reference of 2024 says.
type Options struct {
	// Reading sets the knobs that are left at zero; Reading2024 when empty.
	Reading Reading
	// Clock tells the time for tokens, hiding, delays and late commits; the
	// machine's when nil.
	Clock clock.Clock
	// BasePath is where the API is mounted, DefaultBasePath when empty.
	// Everything outside it is a plain-text 404.
	BasePath string
	// Seed makes ids and secrets the same on every run; 0 is a random seed.
	Seed uint64

	// APIKeys exist from the start, with the first ids, created directly.
	APIKeys []SeedKey
	// Users can log in: user name to password.
	Users map[string]string
	// UserAccounts are the accounts of users who are not in the main one.
	UserAccounts map[string]string
	// LoginEncoding is what POST /login accepts, both when zero.
	LoginEncoding LoginEncoding

	// IDs is the JSON type of ids.
	IDs IDStyle
	// FirstID is the first int id of each kind, 1 when zero. Ids above 2^53
	// show a client that goes through float64.
	FirstID uint64
	// HideNewFor keeps an object that was made through the API out of lists for
	// that long.
	HideNewFor time.Duration

	// Refusals is the form in which the API says no.
	Refusals RefusalForm
	// Stored is what the API stores of texts such as names and descriptions;
	// nil for the texts as they came.
	Stored TextRule
	// Listed is what lists show of the stored texts; nil for all of them.
	// Answers show what is stored.
	Listed TextRule
	// Pages is how lists that have pages are cut, and PagesOf how those of one
	// operation are.
	Pages   Paging
	PagesOf map[Operation]Paging

	// Keys are the knobs of API keys, and SSHKeys those of SSH keys.
	Keys    KeyOptions
	SSHKeys SSHKeyOptions

	// Catalogue are the knobs of products and images.
	Catalogue CatalogueOptions
	// Instances are the knobs of machines.
	Instances InstanceOptions
	// Billing are the knobs of money.
	Billing BillingOptions
	// Models are what the inference API serves; those of the vendor's
	// documentation when nil.
	Models []Model

	// Dateless answers carry no Date. On a port net/http adds that of the machine.
	Dateless bool
	// RateLimit refuses requests above a rate; none when zero.
	RateLimit RateLimit
	// Latency delays every request, on the machine's clock whatever Clock is:
	// it is for benchmarks.
	Latency time.Duration
}

// resolved are the options with every knob set that the reading sets.
func (o Options) resolved() Options {
	o.Reading = cmp.Or(o.Reading, Reading2024)
	o.Refusals = cmp.Or(o.Refusals, pick(o.Reading, EnvelopeRefusals, DetailRefusals))
	o.Keys = o.Keys.resolved(o.Reading)
	o.SSHKeys = o.SSHKeys.resolved(o.Reading)
	o.Instances = o.Instances.resolved(o.Reading)
	return o
}

// contents are the things of the API, a line for each.
func contents(s *Server) []thing {
	return []thing{
		newLogin(s),
		newAPIKeys(s),
		newCatalogue(s),
		newBilling(s),
		newModels(s),
		newSSHKeys(s),
		newInstances(s),
	}
}
