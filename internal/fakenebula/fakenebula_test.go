package fakenebula_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

const rootKey = "ak_root-of-the-tests"

// withRoot are options with the key that the tests' callers use, id 1.
func withRoot(options fakenebula.Options) fakenebula.Options {
	options.APIKeys = append([]fakenebula.SeedKey{{Name: "root", Secret: rootKey}}, options.APIKeys...)
	options.Seed = 1
	return options
}

// caller is a bare HTTP client of the fake.
type caller struct {
	t          *testing.T
	server     *fakenebula.Server // nil behind a port
	base       string
	transport  http.RoundTripper
	credential string
}

// inProcess calls the server without sockets.
func inProcess(t *testing.T, s *fakenebula.Server) caller {
	return caller{t, s, s.BaseURL(), s.Transport(), rootKey}
}

// overPort calls the server through a port of its own.
func overPort(t *testing.T, s *fakenebula.Server) caller {
	endpoint, err := s.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(endpoint.Close)
	return onEndpoint(t, endpoint)
}

// onEndpoint calls an endpoint, trusting its certificate, with a new
// connection for each request so that net/http resends nothing by itself.
func onEndpoint(t *testing.T, endpoint *fakenebula.Endpoint) caller {
	transport := &http.Transport{DisableKeepAlives: true}
	if endpoint.CertificatePEM != nil {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(endpoint.CertificatePEM)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return caller{t, nil, endpoint.URL, transport, rootKey}
}

// bothWays runs a test over a port and in process.
func bothWays(t *testing.T, test func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller)) {
	t.Run("port", func(t *testing.T) { t.Parallel(); test(t, overPort) })
	t.Run("in process", func(t *testing.T) { t.Parallel(); test(t, inProcess) })
}

// reply is what a call brought.
type reply struct {
	status  int
	header  http.Header
	body    string
	err     error // of the request
	bodyErr error // of reading the body
}

func (c caller) send(ctx context.Context, method, path, contentType, body string) reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.credential != "" {
		r.Header.Set("Authorization", "Bearer "+c.credential)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := c.transport.RoundTrip(r)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, header: response.Header, body: string(content), bodyErr: err}
}

func (c caller) create(name string) reply {
	c.t.Helper()
	return c.send(c.t.Context(), http.MethodPost, "/api-keys", "application/json", `{"name":"`+name+`"}`)
}

func (c caller) list() reply {
	c.t.Helper()
	return c.send(c.t.Context(), http.MethodGet, "/api-keys", "", "")
}

func (c caller) remove(id string) reply {
	c.t.Helper()
	return c.send(c.t.Context(), http.MethodDelete, "/api-keys/"+id, "", "")
}

func (c caller) login(contentType, body string) reply {
	c.t.Helper()
	c.credential = ""
	return c.send(c.t.Context(), http.MethodPost, "/login", contentType, body)
}

// data is the envelope's data of a reply that must be a success.
func (r reply) data(t *testing.T) any {
	t.Helper()
	var envelope map[string]any
	if r.err != nil || r.bodyErr != nil || r.status != http.StatusOK {
		t.Fatalf("no success: %+v", r)
	}
	if err := json.Unmarshal([]byte(r.body), &envelope); err != nil {
		t.Fatalf("%v in %s", err, r.body)
	}
	if envelope["status"] != "success" || envelope["message"] == "" {
		t.Fatalf("not the success envelope: %s", r.body)
	}
	return envelope["data"]
}

// mustFail checks the failed envelope.
func (r reply) mustFail(t *testing.T, status int) {
	t.Helper()
	var envelope map[string]any
	if r.err != nil || r.status != status {
		t.Fatalf("want status %d: %+v", status, r)
	}
	if err := json.Unmarshal([]byte(r.body), &envelope); err != nil || envelope["status"] != "failed" || envelope["message"] == "" {
		t.Fatalf("not the failed envelope: %s (%v)", r.body, err)
	}
}

// names are the names in a list reply.
func (r reply) names(t *testing.T) string {
	t.Helper()
	rows, ok := r.data(t).([]any)
	if !ok {
		t.Fatalf("data is no array: %s", r.body)
	}
	var names []string
	for _, row := range rows {
		object, ok := row.(map[string]any)
		if !ok {
			t.Fatalf("row is no object: %s", r.body)
		}
		name, ok := object["name"].(string)
		if !ok {
			t.Fatalf("row without name: %s", r.body)
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestLifeOfAKey(t *testing.T) {
	t.Parallel()
	bothWays(t, func(t *testing.T, connect func(*testing.T, *fakenebula.Server) caller) {
		server := fakenebula.New(withRoot(fakenebula.Options{}))
		api := connect(t, server)

		created, ok := api.create("a").data(t).(map[string]any)
		if !ok || created["id"] != 2.0 {
			t.Fatalf("created %v", created)
		}
		secret, _ := created["key"].(string)
		if !strings.HasPrefix(secret, "ak_") || len(secret) != 46 || !server.Valid(secret) || server.Secret("2") != secret {
			t.Fatalf("bad key %q", secret)
		}
		if got := api.list().names(t); got != "root a" {
			t.Fatalf("list shows %s", got)
		}
		consumer := api
		consumer.credential = secret
		consumer.list().data(t)
		if data, ok := api.remove("2").data(t).(map[string]any); !ok || len(data) != 0 {
			t.Fatalf("delete answers %v", data)
		}
		if server.Valid(secret) {
			t.Fatal("a deleted key is valid")
		}
		consumer.list().mustFail(t, http.StatusUnauthorized)
		api.remove("2").mustFail(t, http.StatusNotFound)
		if got := api.list().names(t); got != "root" {
			t.Fatalf("list shows %s", got)
		}
	})
}
