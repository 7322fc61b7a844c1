package fakenebula_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

type example struct {
	Request  json.RawMessage `json:"request"`
	Response json.RawMessage `json:"response"`
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
	const jsonType = "application/json"
	tests := map[string]struct {
		ids  fakenebula.IDStyle
		call func(api caller, e example) reply
	}{
		"create_api_key": {call: func(api caller, e example) reply {
			return api.send(api.t.Context(), "POST", "/api-keys", jsonType, string(e.Request))
		}},
		"create_api_key_uuid_era": {ids: fakenebula.StringIDs, call: func(api caller, _ example) reply {
			return api.send(api.t.Context(), "POST", "/api-keys", jsonType, string(examples["create_api_key"].Request))
		}},
		"list_api_keys":  {call: func(api caller, _ example) reply { return api.list() }},
		"delete_api_key": {call: func(api caller, _ example) reply { return api.remove("2") }},
		"login":          {call: func(api caller, e example) reply { return api.login(jsonType, string(e.Request)) }},
	}
	for name := range examples {
		if _, tested := tests[name]; !tested {
			t.Errorf("%s is in testdata and not tested", name)
		}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fakenebula.New(withRoot(fakenebula.Options{
				IDs:     test.ids,
				APIKeys: []fakenebula.SeedKey{{Name: "api-test-key", Description: "This is the test API key"}},
				Users:   map[string]string{"testemail@gmail.com": "123456789"},
			}))
			got := test.call(inProcess(t, server), examples[name])
			want := string(examples[name].Response)
			if want == "" || shape(t, got.body) != shape(t, want) || message(t, got.body) != message(t, want) {
				t.Errorf("got  %s\nwant %s", got.body, want)
			}
		})
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
