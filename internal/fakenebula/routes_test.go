package fakenebula_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestRoutes(t *testing.T) {
	t.Parallel()
	const form, json = "application/x-www-form-urlencoded", "application/json"
	tests := []struct {
		name                            string
		options                         fakenebula.Options
		method, path, contentType, body string
		credential                      string
		status                          int
	}{
		{name: "list", method: "GET", path: "/api-keys", status: 200},
		{name: "list, other spelling", method: "GET", path: "/api_keys", status: 404},
		{name: "list, other spelling as 405", options: fakenebula.Options{Keys: fakenebula.KeyOptions{AbsentStatus: 405}}, method: "GET", path: "/keys", status: 405},
		{name: "list at /keys", options: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/keys"}}}, method: "GET", path: "/keys", status: 200},
		{name: "list only at /keys", options: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/keys"}}}, method: "GET", path: "/api-keys", status: 405},
		{name: "list only at /keys, as 404", options: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/keys"}, AbsentStatus: 404}}, method: "GET", path: "/api-keys", status: 404},
		{name: "list at /api_keys", options: fakenebula.Options{Keys: fakenebula.KeyOptions{ListRoutes: []string{"/api_keys", "/keys"}}}, method: "GET", path: "/api_keys", status: 200},
		{name: "trailing slash", method: "GET", path: "/api-keys/", status: 404},
		{name: "no such route", method: "GET", path: "/nothing", status: 404},
		{name: "no get by id", method: "GET", path: "/api-keys/1", status: 405},
		{name: "no update", method: "PUT", path: "/api-keys/1", status: 405},
		{name: "no delete of all", method: "DELETE", path: "/api-keys", status: 405},
		{name: "delete by the other spelling", method: "DELETE", path: "/api_keys/1", status: 404},
		{name: "no credential", method: "GET", path: "/api-keys", credential: "none", status: 401},
		{name: "wrong credential", method: "GET", path: "/api-keys", credential: "ak_wrong", status: 401},
		{name: "create without credential", method: "POST", path: "/api-keys", contentType: json, body: `{"name":"a"}`, credential: "none", status: 401},
		{name: "create", method: "POST", path: "/api-keys", contentType: json, body: `{"name":"a","description":"b"}`, status: 200},
		{name: "create with charset", method: "POST", path: "/api-keys", contentType: json + "; charset=utf-8", body: `{"name":"a"}`, status: 200},
		{name: "create without name", method: "POST", path: "/api-keys", contentType: json, body: `{"description":"b"}`, status: 400},
		{name: "create with empty name", method: "POST", path: "/api-keys", contentType: json, body: `{"name":""}`, status: 400},
		{name: "create with unknown field", method: "POST", path: "/api-keys", contentType: json, body: `{"name":"a","keepers":{}}`, status: 400},
		{name: "create with number", method: "POST", path: "/api-keys", contentType: json, body: `{"name":1}`, status: 400},
		{name: "create with two objects", method: "POST", path: "/api-keys", contentType: json, body: `{"name":"a"}{}`, status: 400},
		{name: "create as form", method: "POST", path: "/api-keys", contentType: form, body: `name=a`, status: 415},
		{name: "create at the other spelling", method: "POST", path: "/api_keys", contentType: json, body: `{"name":"a"}`, status: 404},
		{name: "delete", method: "DELETE", path: "/api-keys/1", status: 200},
		{name: "delete unknown", method: "DELETE", path: "/api-keys/7", status: 404},
		{name: "delete with escaped slash", method: "DELETE", path: "/api-keys/1%2F2", status: 404},
		{name: "login as form", method: "POST", path: "/login", contentType: form, body: "username=u%40x&password=p", credential: "none", status: 200},
		{name: "login as JSON", method: "POST", path: "/login", contentType: json, body: `{"username":"u@x","password":"p"}`, credential: "none", status: 200},
		{name: "form only, form", options: fakenebula.Options{LoginEncoding: fakenebula.LoginForm}, method: "POST", path: "/login", contentType: form, body: "username=u%40x&password=p", status: 200},
		{name: "form only, JSON", options: fakenebula.Options{LoginEncoding: fakenebula.LoginForm}, method: "POST", path: "/login", contentType: json, body: `{"username":"u@x","password":"p"}`, status: 415},
		{name: "JSON only, JSON", options: fakenebula.Options{LoginEncoding: fakenebula.LoginJSON}, method: "POST", path: "/login", contentType: json, body: `{"username":"u@x","password":"p"}`, status: 200},
		{name: "JSON only, form", options: fakenebula.Options{LoginEncoding: fakenebula.LoginJSON}, method: "POST", path: "/login", contentType: form, body: "username=u%40x&password=p", status: 415},
		{name: "login without type", method: "POST", path: "/login", body: "username=u%40x&password=p", status: 415},
		{name: "wrong password", method: "POST", path: "/login", contentType: form, body: "username=u%40x&password=q", status: 401},
		{name: "unknown user", method: "POST", path: "/login", contentType: form, body: "username=v&password=", status: 401},
		{name: "form with other field", method: "POST", path: "/login", contentType: form, body: "email=u%40x&password=p", status: 400},
		{name: "form with one field more", method: "POST", path: "/login", contentType: form, body: "username=u%40x&password=p&x=y", status: 400},
		{name: "JSON with other field", method: "POST", path: "/login", contentType: json, body: `{"email":"u@x","password":"p"}`, status: 400},
		{name: "login by GET", method: "GET", path: "/login", status: 405},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
				options := withRoot(test.options)
				options.Users = map[string]string{"u@x": "p"}
				server := fakenebula.New(options)
				api := connect(t, server)
				switch test.credential {
				case "":
				case "none":
					api.credential = ""
				default:
					api.credential = test.credential
				}
				got := api.send(t.Context(), test.method, test.path, test.contentType, test.body)
				if test.status == 200 {
					got.data(t)
				} else {
					got.mustFail(t, test.status)
				}
				if got.header.Get("Content-Type") != "application/json" {
					t.Errorf("Content-Type %s", got.header.Get("Content-Type"))
				}
				if test.status != 200 && len(server.Issued()) != 1 {
					t.Error("a refused request made a key")
				}
			})
		})
	}
}

func TestOutsideTheBasePath(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{BasePath: "/platform/v2/"}))
	if got := server.BaseURL(); got != "https://fakenebula.invalid/platform/v2" {
		t.Fatal(got)
	}
	api := inProcess(t, server)
	if got := api.list().names(t); got != "root" {
		t.Fatal(got)
	}
	for _, base := range []string{"", "/api/v1", "/platform", "/platform/v22"} {
		api.base = "https://fakenebula.invalid" + base
		got := api.list()
		if got.status != 404 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") || strings.Contains(got.body, "{") {
			t.Errorf("%q: %+v", base, got)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	const big = 9007199254740993 // 2^53 + 1, which float64 cannot hold
	server := fakenebula.New(fakenebula.Options{FirstID: big, APIKeys: []fakenebula.SeedKey{{Name: "root", Secret: rootKey}}})
	api := inProcess(t, server)
	if got := api.list().body; !strings.Contains(got, fmt.Sprintf(`"id":%d,`, big)) {
		t.Error(got)
	}
	if !server.DeleteKey(fmt.Sprint(big)) || server.DeleteKey(fmt.Sprint(big)) {
		t.Error("a key is deleted exactly once")
	}
	if id, _ := server.AddKey("next", ""); id != fmt.Sprint(big+1) {
		t.Error("id used again:", id)
	}

	server = fakenebula.New(withRoot(fakenebula.Options{IDs: fakenebula.StringIDs}))
	again := fakenebula.New(withRoot(fakenebula.Options{IDs: fakenebula.StringIDs}))
	id, secret := server.AddKey("a", "")
	sameID, sameSecret := again.AddKey("a", "")
	if len(id) != 36 || strings.Count(id, "-") != 4 || id != sameID || secret != sameSecret {
		t.Errorf("%s %s, again %s %s", id, secret, sameID, sameSecret)
	}
	if otherID, otherSecret := server.AddKey("a", ""); otherID == id || otherSecret == secret {
		t.Error("not unique")
	}
	inProcess(t, server).remove(id).data(t)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake, Users: map[string]string{"u@x": "p"}}))
	api := inProcess(t, server)
	login := func() string {
		data, _ := api.login("application/json", `{"username":"u@x","password":"p"}`).data(t).(map[string]any)
		jwt, _ := data["jwtToken"].(string)
		return jwt
	}
	jwt := login()
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		t.Fatal(jwt)
	}
	var claims struct {
		Exp int64 `json:"exp"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Exp != start.Add(2*time.Hour).Unix() {
		t.Fatalf("%v %s", err, payload)
	}
	api.credential = jwt
	api.list().data(t)
	fake.Advance(2*time.Hour - time.Second)
	api.list().data(t)
	fake.Advance(time.Second)
	if server.Valid(jwt) {
		t.Error("valid for too long")
	}
	api.list().mustFail(t, http.StatusUnauthorized)

	first, second := login(), login()
	if first == second {
		t.Error("two logins, one token")
	}
	if !server.RevokeCredential(first) || server.Valid(first) || !server.Valid(second) {
		t.Error("revoke must end one token")
	}
	server.ExpireTokens()
	if server.Valid(second) {
		t.Error("expire must end all tokens")
	}
	if !server.RevokeCredential(rootKey) || server.Valid(rootKey) || len(server.Keys()) != 1 || server.RevokeCredential("ak_unknown") {
		t.Error("a revoked key stays in the list")
	}
	if got := len(server.Secrets()); got != 4 {
		t.Errorf("%d secrets", got)
	}
}

func TestHideNewFor(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake, HideNewFor: 5 * time.Second}))
	api := inProcess(t, server)
	api.create("new").data(t)
	server.AddKey("foreign", "")
	if got := api.list().names(t); got != "root foreign" {
		t.Error(got)
	}
	if keys := server.Keys(); len(keys) != 3 || !keys[1].Hidden || keys[2].Hidden {
		t.Errorf("%+v", keys)
	}
	fake.Advance(5 * time.Second)
	if got := api.list().names(t); got != "root new foreign" {
		t.Error(got)
	}
	if server.Keys()[1].Hidden {
		t.Error("hidden for too long")
	}
}

func TestOneKeyAccount(t *testing.T) {
	t.Parallel()
	server := fakenebula.New(withRoot(fakenebula.Options{Keys: fakenebula.KeyOptions{OneKey: true}}))
	api := inProcess(t, server)
	api.create("new").data(t)
	api.list().mustFail(t, http.StatusUnauthorized)
	api.credential = server.Secret("2")
	if got := api.list().names(t); got != "new" {
		t.Error(got)
	}
	want := fakenebula.Actor{Via: fakenebula.ViaOneKey, Kind: fakenebula.CredentialAPIKey, ID: "1"}
	if got := server.Issued()[0].DeletedBy; got != want {
		t.Errorf("%+v", got)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	for style, want := range map[fakenebula.RetryAfterStyle]string{
		fakenebula.RetryAfterSeconds: "50",
		fakenebula.RetryAfterDate:    "Mon, 23 Nov 2026 12:01:00 GMT",
		fakenebula.RetryAfterNone:    "",
	} {
		fake := clock.NewFake(start)
		server := fakenebula.New(withRoot(fakenebula.Options{Clock: fake,
			RateLimit: fakenebula.RateLimit{Requests: 2, Window: time.Minute, RetryAfter: style}}))
		server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Drop: true})
		api := inProcess(t, server)
		api.list().data(t)
		api.list().data(t)
		fake.Advance(10 * time.Second)
		got := api.create("a")
		got.mustFail(t, http.StatusTooManyRequests)
		if got.header.Get("Retry-After") != want || len(server.Keys()) != 1 || server.ArmedFaults() != 1 {
			t.Errorf("%v: %+v", style, got)
		}
		server.ClearFaults()
		fake.Advance(50 * time.Second)
		api.create("a").data(t)
	}
}
