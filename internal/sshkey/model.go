package sshkey

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
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

// object is the entry in the list of SSH keys.
func (m *model) object(op *tfkit.Operation) tfkit.Object[entry] {
	created := tfkit.ParseTime(m.CreatedAt)
	return tfkit.Object[entry]{
		List: registryOf(op.Services).list, Wanted: m.wanted(created),
		Undecided: tfkit.Undecided{
			One: thing, Many: things, A: aThing, Name: m.Name.ValueString(), Sign: sign, Value: m.Fingerprint.ValueString(), Begun: created,
			Look:     "that fingerprint again in a while (data source nebula_ssh_keys)",
			Leftover: "the API would refuse to make another with the same " + sign,
		},
	}
}

// wanted says which entry is meant: by its id or, while that is not known, by its
// public key and the instant of the create that may have made it.
func (m *model) wanted(created time.Time) listing.Wanted[entry] {
	fingerprint, name := m.Fingerprint.ValueString(), m.Name.ValueString()
	if m.ID.IsNull() && fingerprint == "" {
		return listing.Wanted[entry]{}
	}
	return listing.Wanted[entry]{
		ID: nebula.ID(m.ID.ValueString()), Sign: "has the fingerprint " + fingerprint, Born: created,
		// An entry that says that it is of another time is somebody else's.
		Match: func(e entry) bool { return e.Fingerprint == fingerprint && listing.MadeBy(e.CreatedAt, created) },
		Blind: func(e entry) bool { return e.Fingerprint == "" && e.Name == name },
	}
}

// made takes over a new entry. The name and the public key stay as the user
// wrote them.
func (m *model) made(e entry, key publicKey) {
	m.ID = types.StringValue(string(e.ID))
	m.Fingerprint = types.StringValue(key.fingerprint)
	m.CreatedAt = tfkit.Time(e.CreatedAt)
}

// undecided keeps what is known of an entry that may or may not have been made,
// so that a later read or delete can find it.
func (m *model) undecided(err *listing.UndecidedError, key publicKey) {
	m.ID, m.Fingerprint = types.StringNull(), types.StringNull()
	if err.Findable {
		m.Fingerprint = types.StringValue(key.fingerprint)
	}
	m.CreatedAt = tfkit.Time(err.Begun)
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
	if created := tfkit.Time(e.CreatedAt); !created.IsNull() && (m.CreatedAt.IsNull() || m.ID.IsNull()) {
		m.CreatedAt = created
	}
	m.ID = types.StringValue(string(e.ID))
	return before.ID != m.ID || before.Name != m.Name || before.PublicKey != m.PublicKey ||
		before.Fingerprint != m.Fingerprint || before.CreatedAt != m.CreatedAt
}
