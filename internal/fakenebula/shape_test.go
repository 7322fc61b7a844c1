package fakenebula_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// example is a payload of testdata: its request, and what the answer was, as
// far as it is known.
type example struct {
	Request    json.RawMessage `json:"request"`
	Response   json.RawMessage `json:"response"`
	HTTPStatus int             `json:"http_status"`
	// Text is the sentence of a refusal whose frame is not known.
	Text string `json:"text"`
	// Required are the paths that the answer must have.
	Required []string `json:"response_required"`
}

// vector makes the fake answer as an example does.
type vector struct {
	options fakenebula.Options
	call    func(t *testing.T, api caller, e example) reply
}

// vectors are those of all things, by the names of the examples.
func vectors() map[string]vector {
	all := map[string]vector{}
	for _, ofThing := range []map[string]vector{loginVectors(), keyVectors(), sshKeyVectors(), instanceVectors(), catalogueVectors(), moneyVectors()} {
		maps.Copy(all, ofThing)
	}
	return all
}

// ofNoThing are the examples of what the fake does not serve, or that are not of
// an answer.
func ofNoThing() []string {
	return []string{"list_regions_2024", "instance_statuses_on_demand_2025", "download_invoice", "list_models_embedding"}
}

// TestAnswersHaveTheDocumentedShape compares the fake's answers with the
// vendor's examples: the same fields of the same JSON types, all the way down,
// and the same message.
func TestAnswersHaveTheDocumentedShape(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/examples.json")
	if err != nil {
		t.Fatal(err)
	}
	var examples map[string]example
	if err := json.Unmarshal(content, &examples); err != nil {
		t.Fatal(err)
	}
	all := vectors()
	for name := range examples {
		_, tested := all[name]
		if left := slices.Contains(ofNoThing(), name); tested == left {
			t.Errorf("%s is in testdata: tested %t, left out %t", name, tested, left)
		}
	}
	for name, vector := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, known := examples[name]
			if !known {
				t.Fatal("not in testdata")
			}
			server := fakenebula.New(withRoot(vector.options))
			e.compare(t, vector.call(t, inProcess(t, server), e))
		})
	}
}

// compare fails the test unless the answer is as in the example.
func (e example) compare(t *testing.T, got reply) {
	t.Helper()
	if want := max(e.HTTPStatus, http.StatusOK); got.status != want && (e.HTTPStatus != 0 || got.status > 299) {
		t.Errorf("status %d, want %d", got.status, want)
	}
	for _, path := range e.Required {
		if !hasPath(object(t, got.body), path) {
			t.Errorf("%s lacks %s", got.body, path)
		}
	}
	if e.Response == nil {
		return
	}
	want := string(e.Response)
	if shape(t, got.body) != shape(t, want) || message(t, got.body) != message(t, want) {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
}

// hasPath says whether an object has a member, which may be null, at a path
// such as "data.id".
func hasPath(o map[string]any, path string) bool {
	name, rest, deeper := strings.Cut(path, ".")
	member, ok := o[name]
	if !deeper {
		return ok
	}
	below, ok := member.(map[string]any)
	return ok && hasPath(below, rest)
}

func loginVectors() map[string]vector {
	options := fakenebula.Options{Users: map[string]string{"testemail@gmail.com": "123456789"}}
	return map[string]vector{
		"login": {options, func(_ *testing.T, api caller, e example) reply {
			return api.login("application/json", string(e.Request))
		}},
	}
}

// plain asks for what takes no more than a GET, with the documented contents.
func plain(path string) vector {
	return vector{fakenebula.Options{}, func(_ *testing.T, api caller, _ example) reply { return api.sendJSON("GET", path, "") }}
}

func catalogueVectors() map[string]vector {
	return map[string]vector{"list_images": plain("/computing/images"), "list_products": plain("/computing/products")}
}

func moneyVectors() map[string]vector {
	const invoices, payments = "/users/invoices?limit=2&offset=0", "/users/credits/history?limit=2&offset=0"
	return map[string]vector{
		"credit_balance": plain("/users/credits"), "list_models": plain("/serverless/models"),
		"list_invoices": plain(invoices), "list_invoices_full": plain(invoices), "payment_history": plain(payments), "payment_history_full": plain(payments),
	}
}

func TestShapeTellsDifferences(t *testing.T) {
	t.Parallel()
	const body = `{"data":[{"id":1,"ok":true}],"status":"x"}`
	for _, other := range []string{
		`{"data":[{"id":"1","ok":true}],"status":"x"}`, `{"data":[{"id":1}],"status":"x"}`,
		`{"data":[],"status":"x"}`, `{"data":null,"status":"x"}`,
	} {
		if shape(t, body) == shape(t, other) {
			t.Errorf("%s and %s count as the same", body, other)
		}
	}
}

func message(t *testing.T, body string) string {
	t.Helper()
	var envelope struct{ Message, Status string }
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		t.Fatal(err)
	}
	return envelope.Status + ": " + envelope.Message
}

// shape is a JSON text without its values.
func shape(t *testing.T, body string) string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return shapeOf(value)
}

func shapeOf(value any) string {
	switch value := value.(type) {
	case map[string]any:
		var fields []string
		for name, field := range value {
			fields = append(fields, name+":"+shapeOf(field))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ",") + "}"
	case []any:
		var elements []string
		for _, element := range value {
			elements = append(elements, shapeOf(element))
		}
		slices.Sort(elements)
		return "[" + strings.Join(slices.Compact(elements), ",") + "]"
	default:
		return fmt.Sprintf("%T", value)
	}
}
