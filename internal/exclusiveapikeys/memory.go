package exclusiveapikeys

import (
	"context"
	"maps"
	"slices"

	"github.com/nebulablock/terraform-provider-nebula/internal/exclusivekit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keykit"
	"github.com/nebulablock/terraform-provider-nebula/internal/keyring"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// memoryNote is the name of the note in the resource's private state.
const memoryNote = "keys"

// memory is what the resource remembers of keys from one run to the next. An
// apply of a saved plan, and a run with -refresh=false or -target, read little
// or nothing, so that they would not know it otherwise.
//
// Only a read can write it. Terraform asks for a plan once more while it
// applies, from the notes that the read has left, and forgets those that a plan
// has written.
type memory struct {
	// Credential is the fingerprint of the API key that the provider
	// authenticated with. OwnID and Others say nothing about another one.
	Credential string `json:"credential,omitempty"`
	// OwnID is the id of that key, as far as it is known.
	OwnID nebula.ID `json:"own_id,omitempty"`
	// Others are keys that are known not to be it.
	Others []nebula.ID `json:"others,omitempty"`
	// Managed are the keys that resources of this configuration manage and that
	// allowed_ids lacks, with their names.
	Managed exclusivekit.Named `json:"managed,omitempty"`
}

func remembered(ctx context.Context, op *tfkit.Operation) memory {
	var m memory
	if !op.Note(ctx, memoryNote, &m) {
		return memory{}
	}
	return m
}

// forCredential forgets what is said about the key of another credential.
func (m memory) forCredential(fingerprint string) memory {
	if m.Credential != fingerprint {
		m.Credential, m.OwnID, m.Others = fingerprint, "", nil
	}
	return m
}

// learn adds what this run knows by now, and forgets keys that are not there any
// more or that the arguments permit.
func (m memory) learn(known *keykit.Managed, listed []keyring.Key, p policy) memory {
	live, others, managed := known.Live(), []nebula.ID{}, exclusivekit.Named{}
	own := known.OwnID(listed)
	if own == "" {
		own = m.OwnID
	}
	for _, key := range listed {
		fingerprint, isManaged := live[key.ID]
		if m.Credential != "" && key.ID != own && (fingerprint != "" && fingerprint != m.Credential || slices.Contains(m.Others, key.ID)) {
			others = append(others, key.ID)
		}
		if _, wasManaged := m.Managed[key.ID]; (isManaged || wasManaged) && !p.Permits(key.ID, key.Name) {
			managed[key.ID] = composed(key.Name)
		}
	}
	slices.Sort(others)
	return memory{Credential: m.Credential, OwnID: own, Others: others, Managed: managed}
}

// saveIfNew writes the memory unless it stands there already: a note that is
// written with each read would make every refresh a change of the state.
func (m memory) saveIfNew(ctx context.Context, op *tfkit.Operation) {
	if before := remembered(ctx, op); before.Credential == m.Credential && before.OwnID == m.OwnID &&
		slices.Equal(before.Others, m.Others) && maps.Equal(before.Managed, m.Managed) {
		return
	}
	op.SetNote(ctx, memoryNote, m)
}

// sparing makes a policy spare what is remembered.
func (m memory) sparing(p policy) policy {
	p.own = m.OwnID
	for id := range m.Managed {
		p.managed[id] = true
	}
	return p
}
