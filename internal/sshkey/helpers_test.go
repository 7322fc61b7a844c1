package sshkey_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"net/http"
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
	const secret = "ak_test-own-key-0123456789abcdef"
	api := fakenebula.New(fakenebula.Options{APIKeys: []fakenebula.SeedKey{{Name: acctest.OwnKey, Secret: secret}}})
	workspace := acctest.Rehearse(map[string]string{"NEBULA_API_URL": api.BaseURL(), "NEBULA_API_KEY": secret},
		func(*rehearsal.Process) http.RoundTripper { return api.Transport() })
	return &stage{&acctest.Stage{World: &acctest.World{API: api}, Workspace: workspace}, t}
}

// write makes a configuration of one SSH key.
func (s *stage) write(name, publicKey string) *stage {
	s.Resources = []rehearsal.Resource{block(this, rehearsal.Args{"name": name, "public_key": publicKey})}
	return s
}

// block is a block of an SSH key.
func block(address string, args rehearsal.Args) rehearsal.Resource {
	return rehearsal.Resource{Address: address, Config: func(rehearsal.Known) rehearsal.Args { return args }}
}

// is checks attributes of the SSH key in the state; "" stands for null.
func (s *stage) is(want map[string]string) {
	s.t.Helper()
	s.isAt(this, want)
}

func (s *stage) isAt(address string, want map[string]string) {
	s.t.Helper()
	have := s.Workspace.State(address).Object
	if have == nil {
		s.t.Errorf("the state has no %s", address)
		return
	}
	for name, value := range want {
		if have.Text(name) != value || have.Null(name) != (value == "") {
			s.t.Errorf("%s is %s, want %q", name, have[name], value)
		}
	}
}

// none checks that the state has no SSH key.
func (s *stage) none() {
	s.t.Helper()
	if stored := s.Stored(); len(stored) != 0 {
		s.t.Errorf("the state holds %v", stored)
	}
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
	var got []fakenebula.Operation
	for _, r := range s.API.Journal() {
		got = append(got, r.Operation)
	}
	s.API.ResetJournal()
	if !slices.Equal(got, want) {
		s.t.Errorf("the API saw %q, want %q", got, want)
	}
}

// tainted checks whether the SSH key in the state is tainted.
func (s *stage) tainted(want bool) {
	s.t.Helper()
	if got := s.Workspace.State(this).Tainted; got != want {
		s.t.Errorf("tainted: %t, want %t", got, want)
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
