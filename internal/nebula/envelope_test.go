package nebula_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const maxBody = 16 << 20

// TestSuccessMustBeWellFormed sends literal bodies with status 200 to each
// operation. All but delete need what they are told to hold.
func TestSuccessMustBeWellFormed(t *testing.T) {
	t.Parallel()
	const tail = `,"message":"ok","status":"success"}`
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for name, content := range map[string]string{
		"empty":             "",
		"blank":             " \n",
		"text":              "OK",
		"HTML":              "<!DOCTYPE html><html></html>",
		"null":              "null",
		"number":            "5",
		"array":             "[]",
		"empty object":      "{}",
		"no status":         `{"data":[],"message":"ok"}`,
		"status null":       `{"data":[],"message":"ok","status":null}`,
		"status true":       `{"data":[],"message":"ok","status":true}`,
		"status number":     `{"data":[],"message":"ok","status":200}`,
		"status in capital": `{"data":[],"message":"ok","status":"SUCCESS"}`,
		"unknown status":    `{"data":[],"message":"ok","status":"ok"}`,
		"message object":    `{"data":[],"message":{},"status":"success"}`,
		"truncated":         `{"data":[{"id":1,"name":"a"}],"message":"ok","stat`,
		"trailing garbage":  `{"data":[]` + tail + "x",
		"two objects":       `{"data":[]` + tail + `{"data":[]` + tail,
		"bad escape":        `{"data":[],"message":"\x","status":"success"}`,
		"very deep":         `{"data":` + deep + tail,
	} {
		for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey, fakenebula.OpLogin} {
			ambiguous(0, 200).mustBe(t, callLiterally(t, op, body(200, content)))
			if t.Failed() {
				t.Fatalf("%s: %s", op, name)
			}
		}
	}
	for name, data := range map[string]string{
		"absent": "", "null": `"data":null`, "text": `"data":"x"`, "number": `"data":5`, "bool": `"data":true`,
	} {
		content := strings.Replace("{"+data+tail, "{,", "{", 1)
		for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpLogin} {
			if err := callLiterally(t, op, body(200, content)); !nebula.IsAmbiguous(err) {
				t.Errorf("%s with data %s: %v", op, name, err)
			}
		}
		if err := callLiterally(t, fakenebula.OpDeleteKey, body(200, content)); err != nil {
			t.Errorf("delete with data %s: %v", name, err)
		}
	}
	for op, wrong := range map[fakenebula.Operation][]string{
		fakenebula.OpCreateKey: {`{}`, `[]`, `[{"id":1,"key":"ak_1"}]`, `{"key":"ak_1"}`, `{"id":1,"key":5}`, `{"id":1,"key":"ak_1","name":[]}`},
		fakenebula.OpListKeys:  {`{}`, `{"keys":[]}`, `[null]`, `[5]`, `[[]]`, `["a"]`, `[{}]`, `[{"name":"a"}]`, `[{"id":1,"name":{}}]`, `[{"id":1},{"id":""}]`},
		fakenebula.OpLogin:     {`{}`, `[]`, `{"jwtToken":null}`, `{"jwtToken":""}`, `{"jwtToken":5}`, `{"token":"eyJ"}`},
	} {
		for _, data := range wrong {
			if err := callLiterally(t, op, body(200, `{"data":`+data+tail)); !nebula.IsAmbiguous(err) {
				t.Errorf("%s with data %s: %v", op, data, err)
			}
		}
	}
}

// callLiterally carries out one operation without retries.
func callLiterally(t *testing.T, op fakenebula.Operation, handler http.HandlerFunc) error {
	t.Helper()
	r := &fixture{t: t, client: answering(t, handler, func(cfg *nebula.Config) {
		if op == fakenebula.OpLogin {
			asPassword(cfg)
		}
	})}
	return r.call(t.Context(), op)
}

// TestUnknownFieldsAreIgnored: the API may grow.
func TestUnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	client := answering(t, body(200, `{"v":2,"data":[{"id":1,"name":"a","description":null,"team":{"id":7}}],"total":1,"message":null,"status":"success"}`), nil)
	keys, err := list(t.Context(), client)
	if err != nil || len(keys) != 1 || keys[0].ID != "1" || keys[0].Name != "a" || keys[0].Description != nil || keys[0].Team.ID != "7" {
		t.Errorf("got %v, %v", keys, err)
	}
}

func TestEmptyListIsAList(t *testing.T) {
	t.Parallel()
	client := answering(t, body(200, `{"data":[],"message":"ok","status":"success"}`), nil)
	if keys, err := list(t.Context(), client); err != nil || keys == nil || len(keys) != 0 {
		t.Errorf("got %v, %v", keys, err)
	}
}

// TestFailedEnvelope: HTTP 200 with "failed" is an error with the API's words,
// whatever its data is.
func TestFailedEnvelope(t *testing.T) {
	t.Parallel()
	for _, data := range []string{``, `"data":null,`, `"data":{},`, `"data":[],`, `"data":"x",`} {
		for _, op := range []fakenebula.Operation{fakenebula.OpCreateKey, fakenebula.OpListKeys, fakenebula.OpDeleteKey, fakenebula.OpLogin} {
			err := callLiterally(t, op, body(200, `{`+data+`"message":"quota reached","status":"failed"}`))
			refused(200).mustBe(t, err)
			if !nebula.IsFailedEnvelope(err) || !strings.Contains(err.Error(), "quota reached") {
				t.Errorf("%s: %v", op, err)
			}
		}
	}
}

// TestErrorKeepsStatusRouteAndMessage, also when the body is not JSON.
func TestErrorKeepsStatusRouteAndMessage(t *testing.T) {
	t.Parallel()
	for content, message := range map[string]string{
		`{"status":"failed","message":"in use"}`: "in use",
		`{"status":"failed"}`:                    "",
		`<html>gateway</html>`:                   "",
		`raw text`:                               "",
	} {
		err := callLiterally(t, fakenebula.OpDeleteKey, body(503, content))
		var e *nebula.APIError
		if !errors.As(err, &e) || e.Method != http.MethodDelete || e.Route != "/api-keys/{id}" || e.Status != 503 || e.Message != message ||
			!strings.HasSuffix(e.URL, "/api/v1/api-keys/2") || e.Tries != 1 {
			t.Errorf("%q gives %+v", content, e)
		}
		for _, raw := range []string{"gateway", "raw text"} {
			if strings.Contains(err.Error(), raw) {
				t.Errorf("%q shows an unparsed body", err)
			}
		}
	}
}

// TestMissingSecret: a create that succeeds without the secret names the key that
// now exists.
func TestMissingSecret(t *testing.T) {
	t.Parallel()
	for name, rewrite := range map[string]func(fakenebula.Answer) fakenebula.Answer{
		"absent": fakenebula.WithoutField("key"), "null": fakenebula.WithField("key", "null"), "empty": fakenebula.WithField("key", `""`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := overSocket(t, fakenebula.Options{}, nil)
			r.server.Inject(fakenebula.Fault{Operation: fakenebula.OpCreateKey, Rewrite: rewrite})
			created, err := r.client.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n"}))
			var missing *nebula.MissingSecretError
			if created != (nebula.CreatedAPIKey{}) || !errors.As(err, &missing) || missing.ID != "2" || !strings.Contains(err.Error(), "id 2") {
				t.Errorf("got %v, %v", created, err)
			}
			r.mustCount(fakenebula.OpCreateKey, 1)
		})
	}
}

// TestBodyCap: 16 MiB are read, one byte more is no answer, whether its length
// is announced or not.
func TestBodyCap(t *testing.T) {
	t.Parallel()
	const content = `{"data":[{"id":1,"name":"a"}],"message":"ok","status":"success"}`
	for name, test := range map[string]struct {
		announced bool
		excess    int
	}{
		"just fits":                   {true, 0},
		"too large":                   {true, 1},
		"too large, length not known": {false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			padding := []byte(strings.Repeat(" ", maxBody+test.excess-len(content)))
			client := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				if test.announced {
					w.Header().Set("Content-Length", fmt.Sprint(maxBody+test.excess))
				}
				for _, part := range [][]byte{padding, []byte(content)} {
					if _, err := w.Write(part); err != nil {
						return // the client has hung up
					}
				}
			}, nil)
			keys, err := list(t.Context(), client)
			switch fits := test.excess == 0; {
			case fits && (err != nil || len(keys) != 1):
				t.Errorf("got %d keys, %v", len(keys), err)
			case !fits && (!nebula.IsAmbiguous(err) || !strings.Contains(err.Error(), "16 MiB")):
				t.Errorf("got %d keys, %v", len(keys), err)
			}
		})
	}
}

// TestCompressionBomb: the cap counts what comes out of a compressed body.
func TestCompressionBomb(t *testing.T) {
	t.Parallel()
	bomb := gzipped(t, strings.Repeat(" ", maxBody)+`{"data":[],"message":"ok","status":"success"}`)
	if len(bomb) > maxBody/100 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	client := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	}, nil)
	if _, err := list(t.Context(), client); !nebula.IsAmbiguous(err) || !strings.Contains(err.Error(), "16 MiB") {
		t.Errorf("got %v", err)
	}
}
