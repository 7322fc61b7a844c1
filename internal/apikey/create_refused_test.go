package apikey_test

import (
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// A create that is refused leaves nothing, and is blamed on the argument that
// the API finds fault with, whatever form the refusal has.
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	detail := func(status int, body string) fakenebula.Answer { return fakenebula.JSON(status, body) }
	for name, test := range map[string]struct {
		answer fakenebula.Answer
		want   []string
	}{
		"400":         {fakenebula.Failed(400, "Description is too long"), []string{"The API's message: Description is too long"}},
		"400, detail": {detail(400, `{"detail":"You have generated 20 API keys."}`), []string{"The API's message: You have generated 20 API keys."}},
		"401":         {fakenebula.Failed(401, "who?"), []string{"The API key that the provider uses is not accepted."}},
		"401, detail": {detail(401, `{"detail":"Could not validate credentials"}`), []string{"Could not validate credentials", "The API key that the provider uses is not accepted."}},
		"403":         {fakenebula.Failed(403, "not you"), []string{"not you"}},
		"404":         {fakenebula.Failed(404, "Not Found"), []string{"POST /api-keys, /keys was answered with HTTP 404", "The API has no such route"}},
		"409":         {fakenebula.Failed(409, "this one exists"), []string{"Choose another name, or delete the object that has it."}},
		"422":         {fakenebula.Failed(422, "bad name"), []string{"bad name"}},
		"422, detail": {detail(422, `{"detail":[{"type":"x","loc":["body","team_id"],"msg":"no such team","input":"CANARY"}]}`), []string{"team_id: no such team"}},
		"429":         {fakenebula.TooManyRequests("7200"), []string{"It asked to wait for 2h0m0s"}},
		"failed":      {fakenebula.Failed(200, "limit reached"), []string{"The API's message: limit reached"}},
		"hostile":     {fakenebula.Failed(403, "\x1b[2Jgone \u202e ak_CANARY0123456789 Bearer abcdefghijkl"), []string{"not allowed to do this"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stageOf(t, one(rehearsal.Args{"team_id": "7"}))
			s.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: test.answer, Times: -1})
			s.Apply().Fails(append(test.want, "Error: Unable to create API key", "nothing is in the state")...).
				ExpectNot("\x1b", "\u202e", "CANARY", "Bearer abc")
			if len(s.Stored()) != 0 {
				t.Errorf("the state holds %v", s.Stored())
			}
			expectNames(t, s.World)
			if lists := s.API.Count(opList); lists != 0 {
				t.Errorf("%d lists after a refusal", lists)
			}
		})
	}
}

// What was never sent is sent again, and an error says that nothing happened.
func TestCreateNeverSent(t *testing.T) {
	t.Parallel()
	s := stageOf(t, one())
	s.API.Inject(fakenebula.Fault{NotSent: fakenebula.ConnectionRefused(), Times: -1})
	s.Apply().Fails("POST /api-keys was never sent", "The API did not get the request and did nothing.", "It was tried 5 times.", "nothing is in the state")
	s.API.ClearFaults()
	s.Apply().Succeeds()
	expectWhole(t, s)
}

// Many keys that fail for one cause are one long text and short ones.
func TestManyCreatesThatFailForOneCause(t *testing.T) {
	t.Parallel()
	const n = 40
	s := acctest.NewStage(t, acctest.Options{})
	for i := range n {
		s.Resources = append(s.Resources, keyBlock(string(rune('a'+i%26))+string(rune('a'+i/26)), one()))
	}
	s.API.Inject(fakenebula.Fault{Operation: opCreate, Answer: fakenebula.Failed(403, "ask your administrator"), Times: -1})
	outcome := s.Apply().Fails()
	text := outcome.Text()
	if errs := strings.Count(text, "Error: Unable to create API key"); errs != n {
		t.Errorf("%d errors, want %d", errs, n)
	}
	if full := strings.Count(text, "Next: "); full != 1 {
		t.Errorf("%d are told in full, want 1", full)
	}
	if short := strings.Count(text, "Another error of this run tells more"); short != n-1 {
		t.Errorf("%d are told in short, want %d", short, n-1)
	}
	if lines := strings.Count(text, "\n"); lines > n*7+10 {
		t.Errorf("%d lines for %d errors", lines, n)
	}
}
