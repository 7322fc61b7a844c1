package nebula_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// failureOf is the *APIError that a create of "n" in team 8 comes to.
func failureOf(t *testing.T, status int, content string) *nebula.APIError {
	t.Helper()
	client := answering(t, body(status, content), nil)
	_, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n", Description: "d", TeamID: "8"}))
	var e *nebula.APIError
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	return e
}

// TestRefusals are the three forms in which the API says no, and what it says.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content, message string
		fields           []string
	}{
		"envelope":                 {`{"status":"failed","message":"quota reached"}`, "quota reached", nil},
		"envelope without message": {`{"status":"failed"}`, "", nil},
		"envelope with data":       {`{"data":null,"status":"failed","message":null}`, "", nil},
		"detail":                   {`{"detail":"you have generated 21 API keys"}`, "you have generated 21 API keys", nil},
		"detail and message":       {`{"detail":"one","message":"two"}`, "one", nil},
		"message alone":            {`{"message":"name is taken"}`, "name is taken", nil},
		"list": {
			`{"detail":[{"type":"missing","loc":["body","name"],"msg":"Field required","input":{"name":"CANARY"}}]}`,
			"name: Field required", []string{"name"},
		},
		"list of two": {
			`{"detail":[{"loc":["body","team_id"],"msg":"not an integer","input":"CANARY"},{"loc":["body","description"],"msg":"too long"}]}`,
			"team_id: not an integer; description: too long", []string{"team_id", "description"},
		},
		"a field twice":             {`{"detail":[{"loc":["body","name"],"msg":"a"},{"loc":["body","name"],"msg":"b"}]}`, "name: a; name: b", []string{"name"}},
		"a field that was not sent": {`{"detail":[{"loc":["body","region"],"msg":"Field required"}]}`, "region: Field required", nil},
		"the body itself":           {`{"detail":[{"loc":["body"],"msg":"not JSON"}]}`, "body: not JSON", nil},
		"a place in an array":       {`{"detail":[{"loc":["body",0],"msg":"odd"}]}`, "odd", nil},
		"without a place":           {`{"detail":[{"msg":"odd"}]}`, "odd", nil},
		"an empty list":             {`{"detail":[]}`, "", nil},
		"a nested place":            {`{"detail":[{"loc":["body","key","name"],"msg":"bad"}]}`, "name: bad", []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{400, 402, 409, 422, 451} {
				e := failureOf(t, status, test.content)
				if e.Class != nebula.Refused || e.Status != status || e.Message != test.message || !slices.Equal(e.Fields, test.fields) {
					t.Errorf("%d: %+v", status, e)
				}
				if strings.Contains(e.Error(), "CANARY") {
					t.Errorf("%d: %v repeats what was sent", status, e)
				}
			}
			// A breakdown of the server proves nothing, whatever its body says.
			for _, status := range []int{500, 502, 503, 504} {
				if e := failureOf(t, status, test.content); e.Class != nebula.Ambiguous || e.Message != test.message || e.Fields != nil {
					t.Errorf("%d: %+v", status, e)
				}
			}
		})
	}
}

// TestNoRefusals are bodies that prove nothing.
func TestNoRefusals(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		``, `<html></html>`, `no`, `[]`, `"detail"`, `{}`, `{"error":"no"}`, `{"detail":null}`, `{"detail":5}`, `{"detail":{"msg":"no"}}`, `{"detail":["no"]}`,
		`{"detail":[{"loc":["body"]}]}`, `{"detail":[{"msg":5}]}`, `{"message":5}`, `{"message":null}`, `{"message":{}}`,
		`{"message":"no","status":400}`, `{"message":"no","status":"error"}`, `{"message":"no","status":null}`, `{"status":"failed","message":{}}`,
		`{"status":"success","detail":"no"}`, `{"status":"success","message":"no"}`, `{"status":"failed","status":"failed"}`, `{"detail":"a","Detail":"b"}`,
	} {
		if e := failureOf(t, 400, content); e.Class != nebula.Ambiguous {
			t.Errorf("%s: %+v", content, e)
		}
		for _, status := range []int{401, 403, 404, 405} {
			if e := failureOf(t, status, content); e.Class != nebula.Refused {
				t.Errorf("%d %s: %+v", status, content, e)
			}
		}
	}
}

// TestRefusedAnswersToReads: a list that is refused is asked for once.
func TestRefusedAnswersToReads(t *testing.T) {
	t.Parallel()
	for _, content := range []string{`{"status":"failed","message":"no"}`, `{"detail":"no"}`, `{"detail":[{"loc":["query","x"],"msg":"no"}]}`, `{"message":"no"}`} {
		r := overSocket(t, fakenebula.Options{}, nil)
		r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpAny, Answer: fakenebula.JSON(400, content), Times: -1})
		for _, op := range []fakenebula.Operation{fakenebula.OpListKeys, fakenebula.OpDeleteKey} {
			refused(400).mustBe(t, r.call(t.Context(), op))
			r.mustCount(op, 1)
		}
	}
}

// TestDuplicateMembers: an answer in which an object has two members of one
// name could be read in two ways, so it is not read at all.
func TestDuplicateMembers(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"a row":          `[{"id":1,"name":"a","id":2}]`,
		"another case":   `[{"id":1,"name":"a","ID":2}]`,
		"an escape":      `[{"id":1,"\u0069d":2}]`,
		"in a row":       `[{"id":1,"team":{"id":1,"id":2}}]`,
		"unknown member": `[{"id":1,"x":[{"y":0,"y":0}]}]`,
		"a later row":    `[{"id":1},{"id":2},{"id":3,"description":"a","description":"b"}]`,
		"long row":       `[{"id":1` + manyMembers(30) + `,"m29":1}]`,
		"long row, case": `[{"id":1` + manyMembers(30) + `,"M3":1}]`,
	} {
		client := answering(t, body(200, `{"data":`+data+`,"message":"ok","status":"success"}`), nil)
		if keys, err := list(t.Context(), client); !nebula.IsAmbiguous(err) || !strings.Contains(err.Error(), "twice") {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
	}
	for name, content := range map[string]string{
		"data":   `{"data":[{"id":1}],"data":[],"message":"ok","status":"success"}`,
		"status": `{"data":[{"id":1}],"message":"ok","status":"failed","status":"success"}`,
	} {
		for _, op := range []fakenebula.Operation{fakenebula.OpListKeys, fakenebula.OpCreateKey, fakenebula.OpDeleteKey, fakenebula.OpLogin} {
			if err := callLiterally(t, op, body(200, content)); !nebula.IsAmbiguous(err) {
				t.Errorf("%s of %s: %v", name, op, err)
			}
		}
	}
	same := `[{"id":1,"name":"a","x":{"id":5},"y":[{"id":5},{"id":6}]` + manyMembers(40) + `},{"id":2,"name":"a"}]`
	client := answering(t, body(200, `{"data":`+same+`,"message":"ok","status":"success"}`), nil)
	if keys, err := list(t.Context(), client); err != nil || len(keys) != 2 {
		t.Errorf("the same names in different objects: %v, %v", keys, err)
	}
}

// manyMembers are n further members of an object.
func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":0`, i)
	}
	return b.String()
}
