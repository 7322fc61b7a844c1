package sshkey_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/crypto/ssh"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// this is the address of the SSH key that most tests are about.
const this = "nebula_ssh_key.this"

const (
	opCreate = fakenebula.OpCreateSSHKey
	opList   = fakenebula.OpListSSHKeys
	opRename = fakenebula.OpRenameSSHKey
	opDelete = fakenebula.OpDeleteSSHKey
)

// publicKey is the n-th of the tests' public keys.
func publicKey(n int) ssh.PublicKey {
	seed := sha256.Sum256(fmt.Append(nil, n))
	key, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		panic(err) // it is an ed25519 key
	}
	return key
}

// line is the n-th public key in the form of authorized_keys.
func line(n int, comment ...string) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(publicKey(n)))) + strings.Join(append([]string{""}, comment...), " ")
}

func fingerprint(n int) string { return ssh.FingerprintSHA256(publicKey(n)) }

// stage is a configuration with one SSH key, in Terraform's core in process.
type stage struct {
	*acctest.Stage
	t *testing.T
}

func newStage(t *testing.T, o fakenebula.Options) *stage {
	t.Helper()
	if o.Reading == "" {
		// The other reading spells the fields in another way, which costs the first
		// create a request more; what is about that says so.
		o.Reading = fakenebula.Reading2024
	}
	return &stage{acctest.NewStage(t, acctest.Options{Fake: o}), t}
}

// inBubble is a stage on the machine's clock, for a bubble of testing/synctest.
func inBubble(t *testing.T) *stage {
	t.Helper()
	return &stage{acctest.NewStageInBubble(t, fakenebula.Options{}), t}
}

// write makes a configuration of one SSH key.
func (s *stage) write(name, publicKey string) *stage {
	s.Configure(this, args(name, publicKey))
	return s
}

// is checks attributes of the SSH key in the state.
func (s *stage) is(want map[string]any) {
	s.t.Helper()
	s.Is(this, want)
}

// holds checks the SSH keys of the account, as "ID NAME".
func (s *stage) holds(want ...string) {
	s.t.Helper()
	var got []string
	for _, key := range s.API.SSHKeys() {
		got = append(got, key.ID+" "+key.Name)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("the account has the SSH keys %q, want %q", got, want)
	}
}

// asked checks which operations the API saw since the last look, in order.
func (s *stage) asked(want ...fakenebula.Operation) {
	s.t.Helper()
	if got := s.Asked(); !slices.Equal(got, want) {
		s.t.Errorf("the API saw %q, want %q", got, want)
	}
}

// edit changes attributes of the SSH key in the state, which must not be null.
func (s *stage) edit(attributes map[string]string) {
	s.t.Helper()
	object := s.Workspace.State(this).Object
	for name, value := range attributes {
		if object.Null(name) {
			s.t.Fatalf("%s is null", name)
		}
		object[name] = tftypes.NewValue(tftypes.String, value)
	}
}

// count is how often a text stands in another.
func count(text, part string) int { return strings.Count(text, part) }

func args(name, publicKey string) rehearsal.Args {
	return rehearsal.Args{"name": name, "public_key": publicKey}
}

// after makes a block come after those that there are.
func after(r rehearsal.Resource, others []rehearsal.Resource) rehearsal.Resource {
	for _, other := range others {
		r.DependsOn = append(r.DependsOn, other.Address)
	}
	return r
}
