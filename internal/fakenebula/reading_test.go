package fakenebula_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// in2025 are options of the reading of 2025, with the callers' key.
func in2025(options fakenebula.Options) fakenebula.Options {
	options.Reading = fakenebula.Reading2025
	return withRoot(options)
}

// sendJSON is a call with a JSON body.
func (c caller) sendJSON(method, path, body string) reply {
	c.t.Helper()
	return c.send(c.t.Context(), method, path, "application/json", body)
}

// object is a JSON object of a body.
func object(t *testing.T, body string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(body), &o); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return o
}

// rows are those of a list.
func (r reply) rows(t *testing.T) []map[string]any {
	t.Helper()
	list, ok := r.data(t).([]any)
	if !ok {
		t.Fatalf("no list: %s", r.body)
	}
	var rows []map[string]any
	for _, row := range list {
		fields, _ := row.(map[string]any)
		rows = append(rows, fields)
	}
	return rows
}

func fields(o map[string]any) string { return strings.Join(slices.Sorted(maps.Keys(o)), " ") }

// TestLifeOfAKeyIn2025 makes every call on keys of that reading.
func TestLifeOfAKeyIn2025(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
		server := fakenebula.New(in2025(fakenebula.Options{Clock: clock.NewFake(start)}))
		api := connect(t, server)

		created, _ := api.sendJSON("POST", "/keys", `{"name":"a","description":"text","team_id":8}`).data(t).(map[string]any)
		secret := fmt.Sprint(created["key"])
		if fields(created) != "id key" || created["id"] != 2.0 || !strings.HasPrefix(secret, "sk-") {
			t.Fatalf("%v", created)
		}
		row := api.send(t.Context(), "GET", "/keys", "", "").rows(t)[1]
		if fields(row) != "created_at id key name status team" || row["key"] != secret || row["status"] != 1.0 ||
			row["created_at"] != float64(start.Unix()) || fmt.Sprint(row["team"]) != "map[description:Test Description id:8 name:Team 8]" {
			t.Errorf("%v", row)
		}
		changed, _ := api.sendJSON("PUT", "/keys/2", `{"name":"b","regenerate":true}`).data(t).(map[string]any)
		fresh := fmt.Sprint(changed["key"])
		if fields(changed) != "created_at id key name status team" || changed["name"] != "b" || changed["id"] != 2.0 ||
			fresh == secret || server.Valid(secret) || !server.Valid(fresh) || server.Secret("2") != fresh {
			t.Errorf("%v", changed)
		}
		if got := server.Keys()[1]; got.Description != "text" || got.Team != 8 || got.Name != "b" || !got.Active {
			t.Errorf("%+v", got)
		}
		server.SetActive("2", false)
		if row := api.send(t.Context(), "GET", "/keys", "", "").rows(t)[1]; row["status"] != 2.0 || server.Valid(fresh) {
			t.Errorf("%v", row)
		}
		api.sendJSON("DELETE", "/keys/2", "").data(t)
		for _, request := range []string{"POST /api-keys", "GET /api-keys", "GET /api_keys", "DELETE /api-keys/1"} {
			method, path, _ := strings.Cut(request, " ")
			got := api.sendJSON(method, path, `{"name":"a"}`)
			if got.status != 404 || got.body != `{"detail":"Not Found"}` {
				t.Errorf("%s: %+v", request, got)
			}
		}
		for _, r := range server.Journal()[6:] {
			if r.Operation != fakenebula.OpAbsent || r.Changes {
				t.Errorf("%+v", r)
			}
		}
		if r := server.Journal()[0]; r.Facts[fakenebula.FactTeam] != "8" || r.Facts[fakenebula.FactDescription] != "text" {
			t.Errorf("%+v", r)
		}
	})
}

// TestRefusalForms has each form say no to the same requests.
func TestRefusalForms(t *testing.T) {
	t.Parallel()
	const list = `"input":{"description":"secret"}}]}`
	for form, want := range map[fakenebula.RefusalForm][]string{
		fakenebula.EnvelopeRefusals: {
			`400 {"message":"Name is required","status":"failed"}`, `404 {"message":"API key not found","status":"failed"}`,
			`404 {"message":"Not Found","status":"failed"}`, `405 {"message":"Method Not Allowed","status":"failed"}`,
			`401 {"message":"Could not validate credentials","status":"failed"}`},
		fakenebula.EnvelopeRefusalsAs200: {
			`200 {"message":"Name is required","status":"failed"}`, `200 {"message":"API key not found","status":"failed"}`,
			`404 {"message":"Not Found","status":"failed"}`, `405 {"message":"Method Not Allowed","status":"failed"}`,
			`401 {"message":"Could not validate credentials","status":"failed"}`},
		fakenebula.DetailRefusals: {
			`422 {"detail":[{"type":"missing","loc":["body","name"],"msg":"Name is required",` + list, `404 {"detail":"API key not found"}`,
			`404 {"detail":"Not Found"}`, `405 {"detail":"Method Not Allowed"}`, `401 {"detail":"Could not validate credentials"}`},
		fakenebula.DetailListRefusals: {
			`422 {"detail":[{"type":"missing","loc":["body","name"],"msg":"Name is required",` + list,
			`404 {"detail":[{"type":"value_error","loc":["body"],"msg":"API key not found","input":null}]}`,
			`404 {"detail":"Not Found"}`, `405 {"detail":"Method Not Allowed"}`,
			`401 {"detail":[{"type":"value_error","loc":["body"],"msg":"Could not validate credentials","input":null}]}`},
		fakenebula.MessageRefusals: {
			`400 {"message":"Name is required"}`, `404 {"message":"API key not found"}`,
			`404 {"message":"Not Found"}`, `405 {"message":"Method Not Allowed"}`, `401 {"message":"Could not validate credentials"}`},
	} {
		api := inProcess(t, fakenebula.New(withRoot(fakenebula.Options{Refusals: form})))
		stranger := api
		stranger.credential = "ak_stranger"
		for i, got := range []reply{
			api.sendJSON("POST", "/api-keys", `{"description":"secret"}`), api.remove("9"),
			api.sendJSON("GET", "/nothing", ""), api.sendJSON("PATCH", "/api-keys", ""), stranger.list(),
		} {
			if got := fmt.Sprintf("%d %s", got.status, got.body); got != want[i] {
				t.Errorf("form %d: got  %s\nwant %s", form, got, want[i])
			}
		}
	}
}

// TestRefusedBodiesIn2025 points at the field that is wrong.
func TestRefusedBodiesIn2025(t *testing.T) {
	t.Parallel()
	api := inProcess(t, fakenebula.New(in2025(fakenebula.Options{})))
	for body, loc := range map[string]string{
		`{"name":""}`:                  "[body name]",
		`{"name":1}`:                   "[body name]",
		`{"name":"a","keepers":{}}`:    "[body keepers]",
		`{"name":"a","team_id":"x"}`:   "[body team_id]",
		`{"name":"a"`:                  "[body]",
		`{"name":"a","description":`:   "[body]",
		`{"name":"a","team_id":8.5}`:   "[body team_id]",
		`{"name":"a"}{"name":"b"}`:     "[body]",
		`["a"]`:                        "[body]",
		`{"name":"a","description":7}`: "[body description]",
	} {
		got := api.sendJSON("POST", "/keys", body)
		details, _ := object(t, got.body)["detail"].([]any)
		if got.status != 422 || len(details) != 1 {
			t.Fatalf("%s: %+v", body, got)
		}
		detail, _ := details[0].(map[string]any)
		if fields(detail) != "input loc msg type" || fmt.Sprint(detail["loc"]) != loc || detail["msg"] == "" {
			t.Errorf("%s: %s", body, got.body)
		}
	}
	if got := api.send(t.Context(), "POST", "/keys", "text/plain", `{"name":"a"}`); got.status != 415 {
		t.Errorf("%+v", got)
	}
}

// TestKeyKnobs sets one difference at a time.
func TestKeyKnobs(t *testing.T) {
	t.Parallel()
	both := []string{"/api-keys", "/keys"}
	for name, test := range map[string]struct {
		reading fakenebula.Reading
		keys    fakenebula.KeyOptions
		path    string // "/api-keys" when empty
		body    string // of a create
		status  int    // of the create, 200 when zero
		created string // its fields
		row     string // the fields of the listed row
		check   func(t *testing.T, server *fakenebula.Server, api caller, row map[string]any)
	}{
		"as in 2024": {created: "description id key name", row: "description id name partial_key_data"},
		"as in 2025": {reading: fakenebula.Reading2025, path: "/keys", created: "id key", row: "created_at id key name status team"},
		"both families": {reading: fakenebula.Reading2025, keys: fakenebula.KeyOptions{CreateRoutes: both, ListRoutes: both, DeleteRoutes: both},
			created: "id key", row: "created_at id key name status team"},
		"routes of 2025 only": {keys: fakenebula.KeyOptions{CreateRoutes: both[1:], ListRoutes: both[1:], DeleteRoutes: both[1:]}, path: "/keys",
			created: "description id key name", row: "description id name partial_key_data"},
		"answer without the rest":  {keys: fakenebula.KeyOptions{BareAnswers: fakenebula.Yes}, created: "id key", row: "description id name partial_key_data"},
		"rows without description": {keys: fakenebula.KeyOptions{RowsDescribe: fakenebula.No}, created: "description id key name", row: "id name partial_key_data"},
		"rows of 2025 with description": {keys: fakenebula.KeyOptions{Rows: fakenebula.Reading2025, RowsDescribe: fakenebula.Yes},
			created: "description id key name", row: "created_at description id key name status team"},
		"masked": {keys: fakenebula.KeyOptions{Rows: fakenebula.Reading2025, ListSecrets: fakenebula.No}, created: "description id key name",
			row: "created_at id key name status team",
			check: func(t *testing.T, server *fakenebula.Server, api caller, row map[string]any) {
				shown := fmt.Sprint(row["key"])
				if len(shown) <= 20 || shown == server.Secret("2") || shown == api.list().rows(t)[0]["key"] || !strings.Contains(shown, "****") {
					t.Error(shown)
				}
			}},
		"prefix": {keys: fakenebula.KeyOptions{Prefix: "nb-"}, created: "description id key name", row: "description id name partial_key_data",
			check: func(t *testing.T, server *fakenebula.Server, _ caller, _ map[string]any) {
				if !strings.HasPrefix(server.Secret("2"), "nb-") {
					t.Error(server.Secret("2"))
				}
			}},
		"unknown id": {keys: fakenebula.KeyOptions{UnknownIDStatus: 422}, created: "description id key name", row: "description id name partial_key_data",
			check: func(t *testing.T, _ *fakenebula.Server, api caller, _ map[string]any) {
				api.remove("9").mustFail(t, 422)
			}},
		"team refused":  {body: `{"name":"a","team_id":8}`, status: 400},
		"team accepted": {keys: fakenebula.KeyOptions{TakesTeam: fakenebula.Yes}, body: `{"name":"a","team_id":8}`, created: "description id key name", row: "description id name partial_key_data"},
		"team needed":   {keys: fakenebula.KeyOptions{NeedsTeam: true}, status: 400},
		"regenerated under another id": {reading: fakenebula.Reading2025, keys: fakenebula.KeyOptions{RegeneratingMovesID: true}, path: "/keys",
			created: "id key", row: "created_at id key name status team",
			check: func(t *testing.T, server *fakenebula.Server, api caller, _ map[string]any) {
				changed, _ := api.sendJSON("PUT", "/keys/2", `{"regenerate":true}`).data(t).(map[string]any)
				if changed["id"] != 3.0 || changed["name"] != "a" || len(server.Keys()) != 2 || !server.Valid(server.Secret("3")) || server.Valid(server.Secret("2")) {
					t.Errorf("%v", changed)
				}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fakenebula.New(withRoot(fakenebula.Options{Reading: test.reading, Keys: test.keys}))
			api := inProcess(t, server)
			path, body := "/api-keys", `{"name":"a","description":"text"}`
			if test.path != "" {
				path = test.path
			}
			if test.body != "" {
				body = test.body
			}
			got := api.sendJSON("POST", path, body)
			if test.status != 0 {
				if got.status != test.status || len(server.Issued()) != 1 {
					t.Errorf("%+v", got)
				}
				return
			}
			created, _ := got.data(t).(map[string]any)
			row := api.sendJSON("GET", path, "").rows(t)[1]
			if fields(created) != test.created || fields(row) != test.row {
				t.Errorf("created %s, listed %s", fields(created), fields(row))
			}
			if test.check != nil {
				test.check(t, server, api, row)
			}
			api.sendJSON("DELETE", path+"/2", "")
		})
	}
}

// TestUniqueNames has each answer to a name that exists.
func TestUniqueNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys   fakenebula.KeyOptions
		status int
		key    func(secret string) any
	}{
		"refused":         {fakenebula.KeyOptions{SameName: fakenebula.NameRefused}, 409, nil},
		"refused as 400":  {fakenebula.KeyOptions{SameName: fakenebula.NameRefused, SameNameStatus: 400}, 400, nil},
		"returned bare":   {fakenebula.KeyOptions{SameName: fakenebula.NameReturnsBare}, 200, func(string) any { return nil }},
		"returned masked": {fakenebula.KeyOptions{SameName: fakenebula.NameReturnsMasked}, 200, func(string) any { return "ak_****" }},
		"returned whole":  {fakenebula.KeyOptions{SameName: fakenebula.NameReturnsWhole}, 200, func(secret string) any { return secret }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fakenebula.New(withRoot(fakenebula.Options{Keys: test.keys}))
			id, secret := server.AddKey("taken", "theirs")
			server.AddKeyIn("another account", "free", "")
			api := inProcess(t, server)
			api.create("free").data(t)
			got := api.sendJSON("POST", "/api-keys", `{"name":"taken","description":"ours"}`)
			if got.status != test.status || len(server.Keys()) != 4 {
				t.Fatalf("%+v", got)
			}
			if test.key == nil {
				got.mustFail(t, test.status)
				return
			}
			data, _ := got.data(t).(map[string]any)
			if fmt.Sprint(data["id"]) != id || data["key"] != test.key(secret) || data["description"] != "theirs" {
				t.Errorf("%v", data)
			}
		})
	}
}

func TestLimitOfGeneratedKeys(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(in2025(fakenebula.Options{Keys: fakenebula.KeyOptions{Limit: 2}}))
	server.AddKey("by hand", "")
	api := inProcess(t, server)
	api.sendJSON("POST", "/keys", `{"name":"a"}`).data(t)
	api.sendJSON("PUT", "/keys/3", `{"regenerate":true}`).data(t)
	api.sendJSON("DELETE", "/keys/3", "").data(t)
	api.sendJSON("PUT", "/keys/2", `{"name":"renaming is free"}`).data(t)
	for _, got := range []reply{api.sendJSON("POST", "/keys", `{"name":"b"}`), api.sendJSON("PUT", "/keys/2", `{"regenerate":true}`)} {
		detail := fmt.Sprint(object(t, got.body)["detail"])
		if got.status != 400 || !strings.Contains(detail, "you have generated 2 API keys") ||
			!strings.Contains(detail, "contact support to increase the limit") {
			t.Errorf("%+v", got)
		}
	}
}

// TestStoredTexts has each rule change what the API was given.
func TestStoredTexts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule              fakenebula.TextRule
		name, description string // stored of "É & B" and " a\r\nb\n"
	}{
		"escaped":          {fakenebula.HTMLEscaped, "É &amp; B", " a\r\nb\n"},
		"CRLF":             {fakenebula.CRLF, "É & B", " a\r\nb\r\n"},
		"LF":               {fakenebula.LF, "É & B", " a\nb\n"},
		"trimmed":          {fakenebula.Trimmed, "É & B", "a\r\nb"},
		"cut":              {fakenebula.CutAt(4), "É & ", " a\r\n"},
		"decomposed":       {fakenebula.Decomposed, "E\u0301 & B", " a\r\nb\n"},
		"lower case":       {fakenebula.LowerCase, "é & b", " a\r\nb\n"},
		"only the name":    {fakenebula.OnlyIn("name", fakenebula.CutAt(1)), "É", " a\r\nb\n"},
		"nothing happens":  {nil, "É & B", " a\r\nb\n"},
		"cut to the right": {fakenebula.CutAt(100), "É & B", " a\r\nb\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := fakenebula.New(withRoot(fakenebula.Options{Stored: test.rule}))
			api := inProcess(t, server)
			data, _ := api.sendJSON("POST", "/api-keys", `{"name":"É & B","description":" a\r\nb\n"}`).data(t).(map[string]any)
			row := api.list().rows(t)[1]
			for _, got := range []map[string]any{data, row} {
				if got["name"] != test.name || got["description"] != test.description {
					t.Errorf("%q", got)
				}
			}
		})
	}
}

// TestAccounts keeps the objects of two accounts apart.
func TestAccounts(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{
		APIKeys:      []fakenebula.SeedKey{{Name: "other root", Secret: "ak_other-root", Account: "b"}},
		Users:        map[string]string{"u@x": "p", "v@x": "p"},
		UserAccounts: map[string]string{"v@x": "b"},
	}))
	ours := inProcess(t, server)
	theirs := ours
	theirs.credential = "ak_other-root"
	theirs.create("theirs").data(t)
	ours.create("ours").data(t)
	if got := ours.list().names(t); got != "root ours" {
		t.Error(got)
	}
	if got := theirs.list().names(t); got != "other root theirs" {
		t.Error(got)
	}
	ours.remove("3").mustFail(t, http.StatusNotFound)
	if !server.Valid(server.Secret("3")) || server.Ledger()[2].Account != "b" || server.Ledger()[2].CreatedBy.Account != "b" {
		t.Errorf("%+v", server.Ledger()[2])
	}
	data, _ := ours.login("application/json", `{"username":"v@x","password":"p"}`).data(t).(map[string]any)
	theirs.credential = fmt.Sprint(data["jwtToken"])
	if got := theirs.list().names(t); got != "other root theirs" {
		t.Error(got)
	}
	theirs.remove("3").data(t)
}

func TestParseReading(t *testing.T) {
	t.Parallel()
	for _, r := range fakenebula.Readings() {
		if got, err := fakenebula.ParseReading(string(r)); got != r || err != nil {
			t.Error(got, err)
		}
	}
	if _, err := fakenebula.ParseReading("2023"); err == nil || !strings.Contains(err.Error(), "2024 2025") {
		t.Error(err)
	}
}
