package sshkey_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// lost are the ways in which the answer to a create gets lost although the API
// has carried it out.
func lost() map[string]fakenebula.Fault {
	return map[string]fakenebula.Fault{
		"no answer":      {Drop: true, Commit: true},
		"reset":          {Drop: true, Reset: true, Commit: true},
		"page of proxy":  {Answer: fakenebula.HTML(502), Commit: true},
		"500":            {Answer: fakenebula.Failed(500, "oops"), Commit: true},
		"redirect":       {Answer: fakenebula.Redirect(302, "/elsewhere"), Commit: true},
		"cut off":        {Rewrite: fakenebula.Cut},
		"no data":        {Rewrite: fakenebula.WithData("null")},
		"no id":          {Rewrite: fakenebula.WithoutField("id")},
		"id of no form":  {Rewrite: fakenebula.WithField("id", `"../api-keys/1"`)},
		"another key":    {Rewrite: fakenebula.WithField("key_data", `"`+line(9)+`"`)},
		"id of another":  {Rewrite: fakenebula.WithField("id", "1")},
		"answer of hers": {Answer: fakenebula.JSON(200, `{"status":"success","message":"","data":{"id":1,"key_name":"hers","key_data":"`+line(8)+`"}}`), Commit: true},
	}
}

// After a lost answer the entry with this public key that was not there before
// is ours. Nothing is made twice, and nothing else is touched.
func TestLostAnswerIsFound(t *testing.T) {
	t.Parallel()
	for name, fault := range lost() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write("laptop", line(1))
			s.API.AddSSHKey("hers", line(8))
			fault.Operation = opCreate
			s.API.Inject(fault)
			s.Apply().Expect(0).ExpectNot("Warning")
			s.asked(opList, opCreate, opList)
			s.is(map[string]any{"id": "2", "name": "laptop", "public_key": line(1), "fingerprint": fingerprint(1)})
			s.IsTainted(this, false)
			s.Plan().Expect(0)
			s.holds("1 hers", "2 laptop")
		})
	}
}

// The list may show a new entry late, and another colleague's before it.
func TestLostAnswerIsFoundLate(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{HideNewFor: 6 * time.Second}).write("laptop", line(1))
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
	s.API.OnResponse(func(r fakenebula.Request) {
		if r.Operation == opCreate {
			s.API.AddSSHKey("laptop", line(8))
		}
	})
	s.Apply().Expect(0)
	s.is(map[string]any{"id": "1"})
	s.Plan().Expect(0)
}

// An answer that a proxy repeats is about the entry of another resource, whether
// it shows the public key or not.
func TestRepeatedAnswer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"whole":   {Repeat: true, Commit: true},
		"id only": {Rewrite: fakenebula.WithData(`{"id":1}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{})
			second := rehearsal.Block("nebula_ssh_key.second", args("second", line(2)), this)
			s.write("first", line(1)).Resources = append(s.Resources, second)
			fault.Operation, fault.Skip = opCreate, 1
			s.API.Inject(fault)
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "1"})
			s.Is("nebula_ssh_key.second", map[string]any{"id": "2", "fingerprint": fingerprint(2)})
		})
	}
}

// An entry that was made an hour ago is not the one of a create of now, even
// where no list has shown it before.
func TestOlderEntryIsNotTaken(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{LocalTimes: fakenebula.No}}).write("laptop", line(1))
	s.API.AddSSHKey("hers", line(1))
	s.Clock.Advance(time.Hour)
	s.API.Inject(
		fakenebula.Fault{Operation: opList, Answer: fakenebula.JSON(200, `{"status":"success","message":"","data":[],"total":0}`)},
		fakenebula.Fault{Operation: opCreate, Drop: true},
	)
	s.Apply().Expect(1, "It may have made one of these SSH keys. Nothing proves which, so the provider takes over none: 1.")
	s.is(map[string]any{"id": nil})
	s.Destroy().Expect(0)
	s.holds("1 hers")
}

const (
	notFoundYet = "SSH key not found yet"
	withoutID   = "SSH key without id"
	appeared    = "SSH key found after a lost answer"
)

// undecided is a stage on which an apply could not find out whether it made an
// SSH key.
func undecided(t *testing.T, fault fakenebula.Fault, times fakenebula.Choice) *stage {
	t.Helper()
	s := newStage(t, fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{LocalTimes: times}}).write("laptop", line(1))
	fault.Operation = opCreate
	s.API.Inject(fault)
	s.Apply().Expect(1, "Unable to create SSH key", "No list has shown the public key, but it may still appear.",
		"State: The SSH key is in the state as tainted, without an id.", "Next: Apply again. The provider looks for the SSH key by its public key")
	s.is(map[string]any{"id": nil, "name": "laptop", "public_key": line(1), "fingerprint": fingerprint(1), "created_at": "2026-11-23T01:56:00Z"})
	s.IsTainted(this, true)
	s.asked(opList, opCreate, opList, opList, opList, opList, opList)
	return s
}

// A create that may yet take effect is remembered, and resolved by the next run.
func TestUndecidedCreate(t *testing.T) {
	t.Parallel()
	never := fakenebula.Fault{Drop: true}
	late := fakenebula.Fault{Drop: true, CommitAfter: 2 * time.Minute}
	for name, test := range map[string]struct {
		fault fakenebula.Fault
		then  func(s *stage)
	}{
		"never made, applied soon": {never, func(s *stage) {
			s.Plan().Expect(2, notFoundYet, fingerprint(1), "must be replaced")
			s.Apply().Expect(0)
			s.holds("1 laptop")
			s.Plan().Expect(0)
		}},
		"never made, given up": {never, func(s *stage) {
			s.Clock.Advance(11 * time.Minute)
			s.Plan().Expect(2, "will be created").ExpectNot("Warning")
			s.Apply().Expect(0)
			s.holds("1 laptop")
		}},
		"never made, destroyed": {never, func(s *stage) {
			s.Destroy().Expect(0, "SSH key may still appear", "It is no longer in the state.")
			s.HasNothing()
		}},
		"made late, applied": {late, func(s *stage) {
			s.Clock.Advance(3 * time.Minute)
			s.Plan().Expect(2, appeared, `SSH key "1"`, "terraform untaint ADDRESS keeps it", "must be replaced")
			s.Apply().Expect(0)
			s.holds("2 laptop")
		}},
		"made late, kept": {late, func(s *stage) {
			s.Clock.Advance(3 * time.Minute)
			s.Apply("-refresh-only").Expect(0, appeared)
			s.is(map[string]any{"id": "1"})
			s.Untaint(this)
			s.Plan().Expect(0)
			s.holds("1 laptop")
		}},
		"made late, applied unseen": {late, func(s *stage) {
			s.Clock.Advance(3 * time.Minute)
			s.Apply("-refresh=false").Expect(0)
			s.holds("2 laptop")
		}},
		"made late, destroyed unseen": {late, func(s *stage) {
			s.Clock.Advance(3 * time.Minute)
			s.Workspace.Resources = nil
			s.Apply("-refresh=false").Expect(0)
			s.holds()
			s.HasNothing()
		}},
		"two of them": {never, func(s *stage) {
			s.API.AddSSHKey("a", line(1))
			s.API.AddSSHKey("b", line(1, "b"))
			s.Plan().Expect(2, "Several SSH keys with one public key", "1, 2")
			s.Destroy().Expect(1, "Unable to delete SSH key", "1, 2", `State: SSH key "laptop" stays in the state.`)
			s.holds("1 a", "2 b")
		}},
		"list refused": {late, func(s *stage) {
			s.Clock.Advance(3 * time.Minute)
			s.API.Inject(fakenebula.Fault{Operation: opList, Times: -1, Answer: fakenebula.Failed(403, "not you")})
			s.Plan().Expect(1, "not you", "stays in the state as it was")
			s.Apply("-refresh=false").Expect(1, "not you")
			s.API.ClearFaults()
			s.Apply().Expect(0)
			s.holds("2 laptop")
		}},
		"untainted by hand": {never, func(s *stage) {
			s.Untaint(this)
			s.Plan().Expect(2, notFoundYet, "must be replaced")
			s.Apply().Expect(0)
			s.holds("1 laptop")
		}},
		"clock set back": {never, func(s *stage) {
			s.edit(map[string]string{"created_at": "2026-11-23T03:56:00Z"})
			s.Apply("-refresh-only").Expect(0, "Creation time of an SSH key is in the future", notFoundYet)
			s.Clock.Advance(11 * time.Minute)
			s.Plan().Expect(2, "will be created")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.then(undecided(t, test.fault, fakenebula.AsRead))
		})
	}
}

// A row that says that it was made at another time is somebody else's.
func TestUndecidedCreateKnowsTheTime(t *testing.T) {
	t.Parallel()
	s := undecided(t, fakenebula.Fault{Drop: true}, fakenebula.No)
	s.Clock.Advance(time.Hour)
	s.API.AddSSHKey("hers", line(1))
	s.Destroy().Expect(0)
	s.holds("1 hers")
}

// Where nothing proves which entry is ours, none is bound and none is deleted.
func TestUnprovenCreate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options fakenebula.Options
		before  func(s *stage)
		names   string
		left    []string
	}{
		"public keys in part": {fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{Masked: true}}, func(s *stage) { s.API.AddSSHKey("old", line(3)) },
			"the provider takes over none: 2.", []string{"1 old", "2 laptop"}},
		"there before": {fakenebula.Options{}, func(s *stage) { s.API.AddSSHKey("hers", line(1, "hers")) },
			"the provider takes over none: 1.", []string{"1 hers"}},
		"there before, and made again": {fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{SameContent: true}}, func(s *stage) { s.API.AddSSHKey("hers", line(1, "hers")) },
			"the provider takes over none: 1, 2.", []string{"1 hers", "2 laptop"}},
		"no list before": {fakenebula.Options{}, func(s *stage) {
			s.API.Inject(fakenebula.Fault{Operation: opList, Answer: fakenebula.Failed(403, "not yet")})
		}, "the provider takes over none: 1.", []string{"1 laptop"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.options).write("laptop", line(1))
			test.before(s)
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true, Commit: true})
			s.Apply().Expect(1, test.names, "Check whether this create made one of the account's SSH keys")
			s.is(map[string]any{"id": nil, "fingerprint": nil, "public_key": line(1)})
			s.IsTainted(this, true)
			s.Apply("-refresh-only").Expect(0, withoutID)
			s.is(map[string]any{"id": nil})
			s.Clock.Advance(11 * time.Minute)
			s.Apply("-refresh-only").Expect(0, withoutID+" removed from the state", "Nothing was deleted")
			s.HasNothing()
			s.holds(test.left...)
		})
	}
}

func TestUnprovenCreateDestroyed(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write("laptop", line(1))
	s.API.AddSSHKey("hers", line(1, "hers"))
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Drop: true})
	s.Apply().Expect(1, "the provider takes over none: 1.")
	s.Destroy().Expect(0, withoutID+" removed from the state")
	s.HasNothing()
	s.holds("1 hers")
}

// What was never sent is sent again, and a rate limit is waited out.
func TestCreateIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakenebula.Fault{
		"not sent":   {NotSent: fakenebula.ConnectionRefused(), Times: 2},
		"rate limit": {Answer: fakenebula.TooManyRequests("7"), Times: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write("laptop", line(1))
			fault.Operation = opCreate
			s.API.Inject(fault)
			s.Apply().Expect(0)
			s.holds("1 laptop")
		})
	}
}

// A refusal leaves nothing, and says what the API says.
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakenebula.Answer{
		"400":    fakenebula.Failed(400, "no good"),
		"401":    fakenebula.Failed(401, "no good"),
		"403":    fakenebula.Failed(403, "no good"),
		"404":    fakenebula.Failed(404, "no good"),
		"409":    fakenebula.Failed(409, "no good"),
		"422":    fakenebula.Detail(422, "no good"),
		"failed": fakenebula.Failed(200, "no good"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).write("laptop", line(1))
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: answer, Times: -1})
			s.Apply().Expect(1, "Unable to create SSH key", "no good", "State: No SSH key was made, and nothing is in the state.")
			s.HasNothing()
			s.holds()
		})
	}
}

// The API keeps one entry per public key. The error names the other entry and
// shows how it is taken; nothing is taken silently.
func TestExistingPublicKey(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options fakenebula.Options
		want    string
	}{
		"2024":     {fakenebula.Options{}, "The account has this public key already"},
		"2025":     {fakenebula.Options{Reading: fakenebula.Reading2025}, "The account has this public key already"},
		"as a 200": {fakenebula.Options{Refusals: fakenebula.EnvelopeRefusalsAs200}, "The account has this public key already"},
		"in part":  {fakenebula.Options{SSHKeys: fakenebula.SSHKeyOptions{Masked: true}}, "The account may have, as far as the list shows it, this public key already"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, test.options).write("laptop", line(1, "me"))
			s.API.AddSSHKey("other", line(2))
			s.API.AddSSHKey("hers", line(1, "hers"))
			s.Apply().Expect(1, test.want+`: SSH key 2, named "hers".`, "You already have an SSH key with the same public key content.",
				"import { to = nebula_ssh_key.NAME id = \"2\" }", "State: No SSH key was made")
			s.HasNothing()
			s.Stage.Run("import", this, "2").Expect(0)
			s.Apply().Expect(0)
			s.is(map[string]any{"id": "2", "name": "laptop", "public_key": line(1, "me")})
			s.Plan().Expect(0)
		})
	}
}

// atRequest has a function run once, when the provider has sent a request for an
// operation and before it is carried out. It gets the process that sent it.
func (s *stage) atRequest(operation fakenebula.Operation, do func(*rehearsal.Process)) {
	var mu sync.Mutex
	var process *rehearsal.Process
	s.Around = func(p *rehearsal.Process, _ string) func() {
		mu.Lock()
		defer mu.Unlock()
		process = p
		return func() {}
	}
	var once sync.Once
	s.API.OnRequest(func(r fakenebula.Request) {
		if r.Operation == operation {
			once.Do(func() {
				mu.Lock()
				defer mu.Unlock()
				do(process)
			})
		}
	})
}

// The first Ctrl-C before the request stops the create; after it, what was made
// is found and recorded.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		at    fakenebula.Operation
		fault []fakenebula.Fault
		made  bool
	}{
		"before the request":           {opList, nil, false},
		"during the request":           {opCreate, nil, true},
		"during one without an answer": {opCreate, []fakenebula.Fault{{Operation: opCreate, Drop: true, Commit: true}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What is finished after an interrupt takes time of its own, so time
			// must pass for all alike.
			synctest.Test(t, func(t *testing.T) {
				s := inBubble(t).write("laptop", line(1))
				s.atRequest(test.at, (*rehearsal.Process).Interrupt)
				s.API.Inject(test.fault...)
				if report := s.Workspace.Apply(t.Context(), rehearsal.Options{}); len(report.Defects) > 0 {
					t.Error(report)
				}
				if !test.made {
					s.HasNothing()
					s.holds()
					return
				}
				s.is(map[string]any{"id": "1"})
				s.IsTainted(this, false)
				s.holds("1 laptop")
			})
		})
	}
}

// After kill -9 the next apply is refused, loudly, with the way to take the
// entry over.
func TestKilledCreate(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{}).write("laptop", line(1))
	s.atRequest(opCreate, (*rehearsal.Process).Kill)
	if report := s.Workspace.Apply(t.Context(), rehearsal.Options{}); !report.Killed {
		t.Fatal(report)
	}
	s.HasNothing()
	s.holds("1 laptop")
	s.Apply().Expect(1, `SSH key 1, named "laptop"`, `id = "1"`)
	s.Stage.Run("import", this, "1").Expect(0)
	s.Plan().Expect(0)
}

// An API may keep the name in another form; that is told once and is no drift.
func TestStoredName(t *testing.T) {
	t.Parallel()
	for name, rewrite := range map[string]func(fakenebula.Answer) fakenebula.Answer{
		"shown by the answer": nil,
		"shown by the list":   fakenebula.WithoutField("key_name"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Stored: fakenebula.HTMLEscaped}).write("a & b", line(1))
			if rewrite != nil {
				s.API.Inject(fakenebula.Fault{Operation: opCreate, Rewrite: rewrite})
			}
			const told = `The API keeps the name "a & b" as "a &amp; b"`
			var text string
			for range 3 {
				result := s.Apply().Expect(0)
				text += result.Text()
			}
			if n := count(text, told); n != 1 {
				t.Errorf("told %d times:\n%s", n, text)
			}
			s.is(map[string]any{"name": "a & b"})
			s.Plan().Expect(0)
			s.API.SetSSHKey("1", "another", line(1))
			s.Plan().Expect(2)
			s.write("c & d", line(1)).Apply().Expect(0, `The API keeps the name "c & d" as "c &amp; d"`)
			s.Plan().Expect(0)
		})
	}
}

// A list may show the name in another form than the answer did. That is told
// once, and no plan renames the key for it.
func TestListedName(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		listed fakenebula.TextRule
		sent   string
	}{
		"cut": {func(_, s string) string { return s[:min(12, len(s))] + "..." }, "a name that is long"}, "escaped": {fakenebula.HTMLEscaped, "a & b"},
		"trimmed": {fakenebula.Trimmed, " a "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Listed: test.listed}).write(test.sent, line(1))
			s.Apply().Expect(0).ExpectNot("Warning")
			s.Apply().Expect(0, "API stores another name than was sent")
			s.Settled()
			s.is(map[string]any{"name": test.sent})
			s.API.SetSSHKey("1", "another", line(1))
			s.Plan().Expect(2)
		})
	}
}

// One list before the first create serves all of a run.
func TestOneListBeforeAllCreates(t *testing.T) {
	t.Parallel()
	s := newStage(t, fakenebula.Options{})
	for i := range 20 {
		s.Resources = append(s.Resources, rehearsal.Block("nebula_ssh_key."+string(rune('a'+i)), rehearsal.Args{"name": "n", "public_key": line(i)}))
	}
	s.Apply().Expect(0)
	if err := s.ExpectCalls(acctest.Calls{opCreate: 20})(nil); err != nil {
		t.Error(err)
	}
}
