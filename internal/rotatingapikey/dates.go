package rotatingapikey

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// date sets when the current key was made where that is not recorded, or cannot
// be true.
func (r *reader) date(key keyring.Key) {
	m := r.m
	recorded := m.CreatedAt
	at := keykit.CreatedAt(r.keys, recorded, key.CreatedAt, m.CreationToken.ValueString())
	if at.IsNull() {
		at = timestamp(r.keys.Time())
	}
	if at.Equal(recorded) {
		return
	}
	born, _ := instant(at)
	m.date(born)
	if !recorded.IsNull() {
		r.op.Warn(clockAhead("Key "+m.ID.ValueString()+" has the creation time "+recorded.ValueString()+" in the state, which is in the future.",
			"The key counts as made at "+at.ValueString()+"."))
	}
}

// boundRetirement lets a previous key live no longer than the overlap with
// which it became the previous one.
func (r *reader) boundRetirement() {
	m := r.m
	text := r.notes[m.PreviousID.ValueString()].Overlap
	overlap, known := knownDuration(tfkit.StringOrNull(text))
	recorded, ok := instant(m.PreviousRetireAt)
	if m.PreviousID.IsNull() || !known {
		return
	}
	if ok && r.keys.Believable(recorded.Add(-overlap)) {
		return
	}
	at := timestamp(r.keys.Time().Add(overlap))
	r.op.Warn(clockAhead("The previous key "+m.PreviousID.ValueString()+" would stay valid until "+m.PreviousRetireAt.ValueString()+
		", which is later than its overlap allows: "+text+".", "It stays valid until "+at.ValueString()+"."))
	m.PreviousRetireAt = at
}

// clockAhead warns of an instant that cannot be true.
func clockAhead(what, state string) tfkit.Message {
	return tfkit.Message{
		Title: "Time in the state is in the future",
		Brief: what + " " + state,
		What:  what + " The clock of this machine, or of one that ran Terraform before, is wrong.",
		State: state,
		Next:  "Set the clocks of all machines that run Terraform.",
	}
}

// warnOfRelatives names keys that may be other generations of a key that is
// being imported: an import takes one key only, so that a previous key would
// live on in no state.
func (r *reader) warnOfRelatives(ctx context.Context, imported keyring.Key) {
	listed, err := r.keys.ForRefresh().All(ctx)
	if err != nil {
		// The import itself has just read this list.
		r.err = err
		return
	}
	var relatives []string
	for _, key := range listed {
		if key.ID != imported.ID && generationName.MatchString(key.Name) && tfkit.SameText(baseName(key.Name), baseName(imported.Name)) {
			relatives = append(relatives, string(key.ID)+" ("+tfkit.Quoted(key.Name)+")")
		}
	}
	if len(relatives) == 0 {
		return
	}
	slices.Sort(relatives)
	r.op.Warn(tfkit.Message{
		Title: "Other API keys may belong to the imported rotation",
		What: "Key " + string(imported.ID) + " is imported as the current key of a rotation, and these keys have names of the same rotation: " + strings.Join(relatives, ", ") +
			". An import takes one key only. A previous key of an earlier state is not among them.",
		State: "They are in the state of this resource neither as previous key nor as leftovers.",
		Next:  "Once nobody uses them, delete them: with the action nebula_api_key_revoke, with nebula_api_keys_exclusive, or at the console.",
	})
}

// successorTimes are when a new key was made and when it took over. The API's
// word counts where it has one: this machine's clock may be behind. But it never
// makes the previous key end earlier than now says.
func successorTimes(keys *keyring.Keyring, created keyring.Created, now time.Time) (born, took time.Time) {
	if created.CreatedAt.IsZero() || !keys.Believable(created.CreatedAt) {
		return created.Begun, now
	}
	took = created.CreatedAt.Add(now.Sub(created.Begun))
	if took.Before(now) {
		took = now
	}
	return created.CreatedAt, took
}
