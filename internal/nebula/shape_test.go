package nebula_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// A shape tells the form of an answer and holds no value of it: it can be shown
// to anybody.
func TestShape(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]nebula.Shape{
		`"data":[]`: {Data: "array", Total: -1},
		`"data":[{"id":1,"key":"ak_CANARY9"},{"id":"2"}],"total":7`: {Data: "array", Rows: 2, Total: 7, Members: []string{"total"},
			Fields: []string{"id: number, number as text", "key: text, absent"}},
		`"data":{"things":[{"id":1.5,"key":"ak_...","ok":true,"sub":{},"all":[],"none":null,"name":""}],"total_things":"3"}`: {
			Data: "object with things", Rows: 1, Total: 3,
			Fields: []string{"all: array", "id: fraction", "key: shortened text", "name: empty text", "none: null", "ok: boolean", "sub: object"}},
		`"data":{"east":[{"id":1}],"west":[{"id":2}]}`: {Data: "object", Rows: 2, Total: -1, Fields: []string{"id: number"}},
		`"data":{"name":"CANARY","size":"***"}`:        {Data: "object", Rows: -1, Total: -1, Members: []string{"name: text", "size: shortened text"}},
		`"data":"CANARY"`:                              {Data: "text", Rows: -1, Total: -1},
		`"other":"CANARY"`:                             {Data: "absent", Rows: -1, Total: -1, Members: []string{"other"}},
	} {
		client := answering(t, body(200, `{"status":"success","message":"ok",`+content+`}`), nil)
		got, err := client.Look(t.Context(), "/things", nil)
		for _, member := range []string{"message", "status"} {
			got.Members = slices.DeleteFunc(got.Members, func(m string) bool { return m == member })
		}
		first := got.FirstRow
		got.FirstRow = ""
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %+v, %v; want %+v", content, got, err, want)
		}
		if strings.Contains(fmt.Sprintf("%+v %s", got, first), "CANARY") || (first != "") != (got.Rows > 0) {
			t.Errorf("%s: %+v, the first row %q", content, got, first)
		}
		if got.Has("key") != strings.Contains(content, `"key"`) || got.Kinds("id") == "" && strings.Contains(content, `"id"`) {
			t.Errorf("%s: a key: %t, ids: %q", content, got.Has("key"), got.Kinds("id"))
		}
	}
}
