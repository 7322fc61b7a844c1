package sshkey

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// model is nebula_ssh_key as configuration, plan and state hold it.
//
// An entry that a create may or may not have made has no ID. Then CreatedAt is
// the instant of that create, and Fingerprint what the entry is looked for by;
// it is null where nothing can be looked for. Both are attributes because
// private state is empty when a tainted resource is destroyed.
type model struct {
	ID          types.String   `tfsdk:"id"`
	Name        types.String   `tfsdk:"name"`
	PublicKey   types.String   `tfsdk:"public_key"`
	Fingerprint types.String   `tfsdk:"fingerprint"`
	CreatedAt   types.String   `tfsdk:"created_at"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// Identity follows the id. An entry whose id is not known yet needs an identity
// all the same.
func (m *model) Identity() types.String {
	switch {
	case !m.ID.IsNull():
		return m.ID
	case !m.Fingerprint.IsNull():
		return tfkit.Unresolved(m.Fingerprint.ValueString())
	default:
		return tfkit.Unresolved(m.CreatedAt.ValueString())
	}
}

// Limits are the configured time-outs.
func (m *model) Limits() timeouts.Value { return m.Timeouts }

// born is the instant in CreatedAt, zero where there is none.
func (m *model) born() time.Time {
	at, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	if err != nil {
		return time.Time{}
	}
	return at
}

func (m *model) ref() ref {
	wanted := ref{ID: nebula.ID(m.ID.ValueString()), Name: m.Name.ValueString(), Fingerprint: m.Fingerprint.ValueString(), Born: m.born()}
	if !wanted.Born.IsZero() && wanted.ID != "" {
		// The API's time is cut to the second.
		wanted.Born = wanted.Born.Add(time.Second)
	}
	return wanted
}

// unfindable says that an entry may exist and that nothing is known to find it
// by.
func (m *model) unfindable() bool { return m.ID.IsNull() && m.Fingerprint.IsNull() }

// made takes over a new entry. The name and the public key stay as the user
// wrote them.
func (m *model) made(e entry, key publicKey) {
	m.ID = types.StringValue(string(e.ID))
	m.Fingerprint = types.StringValue(key.fingerprint)
	m.CreatedAt = timeOf(e)
}

// undecided keeps what is known of an entry that may or may not have been made,
// so that a later read or delete can find it.
func (m *model) undecided(err *undecidedError, key publicKey) {
	m.ID, m.Fingerprint = types.StringNull(), types.StringNull()
	if err.Findable {
		m.Fingerprint = types.StringValue(key.fingerprint)
	}
	m.CreatedAt = types.StringValue(err.Begun.UTC().Format(time.RFC3339))
}

func timeOf(e entry) types.String {
	if e.CreatedAt.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(e.CreatedAt.UTC().Format(time.RFC3339))
}

// refresh takes over what the list shows, and says whether anything differs. A
// public key that is shown in part says nothing; one with another comment is
// the same key.
func (m *model) refresh(e entry, name tfkit.StoredText) (changed bool) {
	before := *m
	if e.Name != "" {
		m.Name = name.Recorded(m.Name, e.Name)
	}
	if e.Fingerprint != "" && (m.PublicKey.IsNull() || e.Fingerprint != fingerprintOf(m.PublicKey.ValueString())) {
		m.PublicKey = types.StringValue(e.PublicKey)
	}
	if e.Fingerprint != "" {
		m.Fingerprint = types.StringValue(e.Fingerprint)
	}
	if created := timeOf(e); !created.IsNull() && (m.CreatedAt.IsNull() || m.ID.IsNull()) {
		m.CreatedAt = created
	}
	m.ID = types.StringValue(string(e.ID))
	return before.ID != m.ID || before.Name != m.Name || before.PublicKey != m.PublicKey ||
		before.Fingerprint != m.Fingerprint || before.CreatedAt != m.CreatedAt
}
