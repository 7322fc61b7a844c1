package nebula_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// The secrets of the documented examples.
const (
	exampleKey = "ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl_EMAntCsqlxhEsu-0"
	exampleJWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZG1pbkBnbWFpbC5jb20iLCJyb2xlcyI6WyJBRE1JTiJdLCJleHAiOjE3MzA3NTg2MzYsInNjb3BlcyI6WyJBRE1JTiJdfQ.QwXYFII5y_V_9bIRQ3R-9W-jATjHa2yfklLaTQzVwS8"
)

type example struct {
	Request  json.RawMessage `json:"request"`
	Response json.RawMessage `json:"response"`
	Text     string          `json:"text"`
	// ResponseRow is a row of an answer of which no more is known.
	ResponseRow json.RawMessage `json:"response_row"`
}

func examples(t *testing.T) map[string]example {
	t.Helper()
	content, err := os.ReadFile("testdata/examples.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]example
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// sent is a request as it arrived.
type sent struct {
	method, path, contentType, accept, authorization, userAgent, body string
}

// recorder answers literally and hands on what it was asked. At most one
// request may come.
func recorder(t *testing.T, answer json.RawMessage) (http.HandlerFunc, <-chan sent) {
	t.Helper()
	requests := make(chan sent, 10)
	return func(w http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h := r.Header
		requests <- sent{r.Method, r.URL.RequestURI(), h.Get("Content-Type"), h.Get("Accept"), h.Get("Authorization"), h.Get("User-Agent"), string(content)}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}, requests
}

func withUserAgent(cfg *nebula.Config) {
	cfg.UserAgent = "terraform-provider-nebula/1.2.3 terraform/1.16.0"
}

// mustEqualJSON compares a body with a documented one, whatever the spelling.
func mustEqualJSON(t *testing.T, got string, want json.RawMessage) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil || !reflect.DeepEqual(g, w) {
		t.Errorf("sent %s (%v)\nwant %s", got, err, want)
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	all := examples(t)
	described := sent{accept: "application/json", authorization: "Bearer " + apiKey, userAgent: "terraform-provider-nebula/1.2.3 terraform/1.16.0"}
	tests := map[string]struct {
		want sent
		call func(t *testing.T, client *nebula.Client, e example)
	}{
		"create_api_key": {
			want: sent{method: "POST", path: "/api-keys", contentType: "application/json"},
			call: func(t *testing.T, client *nebula.Client, _ example) {
				t.Helper()
				mustCreateExample(t, client, "5")
			},
		},
		"create_api_key_uuid_era": {
			want: sent{method: "POST", path: "/api-keys", contentType: "application/json"},
			call: func(t *testing.T, client *nebula.Client, _ example) {
				t.Helper()
				mustCreateExample(t, client, "9a4d7961-3274-4479-a20b-10f57f9bc75a")
			},
		},
		"list_api_keys": {
			want: sent{method: "GET", path: "/api-keys"},
			call: func(t *testing.T, client *nebula.Client, _ example) {
				t.Helper()
				got, err := list(t.Context(), client)
				want := []nebula.APIKey{
					{ID: "5", Name: "api-test-key", Description: new("This is the test API key")},
					{ID: "6", Name: "api-test-key2", Description: new("This is the test API key #2")},
				}
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("got %v, %v", got, err)
				}
			},
		},
		"delete_api_key": {
			want: sent{method: "DELETE", path: "/api-keys/5"},
			call: func(t *testing.T, client *nebula.Client, _ example) {
				t.Helper()
				if err := remove(t.Context(), client, "5"); err != nil {
					t.Error(err)
				}
			},
		},
		"login": {
			want: sent{method: "POST", path: "/login", contentType: "application/x-www-form-urlencoded"},
			call: func(t *testing.T, client *nebula.Client, _ example) {
				t.Helper()
				got, err := client.AccessToken(t.Context())
				want := nebula.AccessTokenInfo{Token: exampleJWT, ExpiresAt: time.Unix(1730758636, 0).UTC()}
				if err != nil || got != want {
					t.Errorf("got %q until %s, %v", got.Token, got.ExpiresAt, err)
				}
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := all[name]
			handler, requests := recorder(t, e.Response)
			client := answering(t, handler, func(cfg *nebula.Config) {
				withUserAgent(cfg)
				cfg.Clock = clock.NewFake(time.Date(2024, 11, 4, 20, 0, 0, 0, time.UTC))
				if name == "login" {
					cfg.Credential = nebula.Password("testemail@gmail.com", "123456789")
				}
			})
			test.call(t, client, e)

			got, want := <-requests, test.want
			content := got.body
			got.body = ""
			want.accept, want.userAgent = described.accept, described.userAgent
			if name != "login" {
				want.authorization = described.authorization
			}
			if got != want {
				t.Errorf("sent %+v\nwant %+v", got, want)
			}
			switch {
			case name == "login":
				mustEqualForm(t, content, e.Request)
			case test.want.method == http.MethodPost:
				mustEqualJSON(t, content, all["create_api_key"].Request)
			case content != "":
				t.Errorf("sent a body: %s", content)
			}
			if len(requests) > 0 {
				t.Errorf("a second request: %+v", <-requests)
			}
		})
	}
}

func mustCreateExample(t *testing.T, client *nebula.Client, id nebula.ID) {
	t.Helper()
	got, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "test-api-key", Description: "This is a test API key"}))
	want := nebula.CreatedAPIKey{ID: id, Secret: exampleKey, Name: new("test-api-key"), Description: new("This is a test API key")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// mustEqualForm compares a form with the documented JSON object.
func mustEqualForm(t *testing.T, got string, want json.RawMessage) {
	t.Helper()
	var fields map[string]string
	if err := json.Unmarshal(want, &fields); err != nil {
		t.Fatal(err)
	}
	expected := url.Values{}
	for name, value := range fields {
		expected.Set(name, value)
	}
	if form, err := url.ParseQuery(got); err != nil || !reflect.DeepEqual(form, expected) {
		t.Errorf("sent %q (%v), want the fields of %s", got, err, want)
	}
}

// TestVectorLoginAsJSON is the other reading of the login's documentation.
func TestVectorLoginAsJSON(t *testing.T) {
	t.Parallel()
	e := examples(t)["login"]
	answer, requests := recorder(t, e.Response)
	client := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		answer(w, r)
	}, func(cfg *nebula.Config) { cfg.Credential = nebula.Password("testemail@gmail.com", "123456789") })
	info, err := client.AccessToken(t.Context())
	if err != nil || info.Token != exampleJWT {
		t.Fatalf("got %q, %v", info.Token, err)
	}
	got := <-requests
	mustEqualJSON(t, got.body, e.Request)
	if got.method != "POST" || got.path != "/login" || got.authorization != "" {
		t.Errorf("sent %+v", got)
	}
}

// TestCreateSendsTextAsItIs has no documented vector: odd text must arrive as
// written, and a description that is not there is not sent.
func TestCreateSendsTextAsItIs(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", `"quotes" \ and <&>`, "two\nlines\ttab", "ünï😀", "", strings.Repeat("x", 10_000)} {
		handler, requests := recorder(t, examples(t)["create_api_key"].Response)
		client := answering(t, handler, nil)
		if _, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n" + text, Description: text})); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"name": "n" + text}
		if text != "" {
			want["description"] = text
		}
		var got map[string]string
		if err := json.Unmarshal([]byte((<-requests).body), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("sent %q (%v), want %q", got, err, want)
		}
	}
}

// TestVectorsOf2025 are the payloads of the other reading.
func TestVectorsOf2025(t *testing.T) {
	t.Parallel()
	all := examples(t)
	t.Run("list_keys_2025", func(t *testing.T) {
		t.Parallel()
		client := answering(t, onlyAt("GET /keys", string(all["list_keys_2025"].Response)), nil)
		got, route, err := client.ListAPIKeys(t.Context())
		want := []nebula.APIKey{
			{ID: "1", CreatedAt: time.Unix(1751620391, 0).UTC(), Active: new(true), Fingerprint: sha256Hex("(a string of more than 20 characters, unique per key)")},
			{
				ID: "2", Name: "Test key", CreatedAt: time.Unix(1751620392, 0).UTC(), Active: new(false), Fingerprint: sha256Hex("(another)"),
				Team: &nebula.Team{ID: "8", Name: "my team"},
			},
		}
		if err != nil || route != "/keys" || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v at %q, %v", got, route, err)
		}
	})
	t.Run("create_team_key_2025", func(t *testing.T) {
		t.Parallel()
		var asked struct {
			Body json.RawMessage `json:"body"`
		}
		if err := json.Unmarshal(all["create_team_key_2025"].Request, &asked); err != nil {
			t.Fatal(err)
		}
		// What the answer must hold, and nothing else.
		handler, requests := recorder(t, json.RawMessage(`{"data":{"id":9,"key":"sk-WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl"},"message":"ok","status":"success"}`))
		client := answering(t, at2025(handler), nil)
		got, err := client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "Test key", Description: "Test Description", TeamID: "8"}))
		if err != nil || !reflect.DeepEqual(got, nebula.CreatedAPIKey{ID: "9", Secret: "sk-WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl"}) {
			t.Errorf("got %+v, %v", got, err)
		}
		request := <-requests
		mustEqualJSON(t, request.body, asked.Body)
		if request.method != "POST" || request.path != "/keys" {
			t.Errorf("sent %+v", request)
		}
	})
	t.Run("delete_key_2025", func(t *testing.T) {
		t.Parallel()
		client := answering(t, onlyAt("DELETE /keys/5", `{"data":{},"message":"ok","status":"success"}`), nil)
		ways := client.DeleteAPIKey("5")
		if len(ways) != 2 {
			t.Fatalf("%d ways", len(ways))
		}
		if err := ways[0](t.Context()); !nebula.IsNotFound(err) {
			t.Errorf("the first way: %v", err)
		}
		if err := ways[1](t.Context()); err != nil {
			t.Errorf("the second way: %v", err)
		}
	})
	for name, status := range map[string]int{"refusal_detail_string": 400, "ssh_key_duplicate": 422} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := all[name]
			content, sentence := string(e.Response), "Please contact support to increase the limit"
			if e.Response == nil {
				sentence = e.Text
				content = `{"detail":` + strconv.Quote(e.Text) + `}`
			}
			err := callLiterally(t, fakenebula.OpCreateKey, body(status, content))
			refused(status).mustBe(t, err)
			if !strings.Contains(err.Error(), sentence) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// at2025 answers below /keys only, as FastAPI does.
func at2025(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/keys" && !strings.HasPrefix(r.URL.Path, "/keys/") {
			body(404, `{"detail":"Not Found"}`)(w, r)
			return
		}
		handler(w, r)
	}
}

// onlyAt answers one request and no other.
func onlyAt(request, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method+" "+r.URL.Path != request {
			body(404, `{"detail":"Not Found"}`)(w, r)
			return
		}
		body(200, content)(w, r)
	}
}

func sha256Hex(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
