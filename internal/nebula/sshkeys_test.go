package nebula_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const exampleSSHKey = "ssh-rsa AAADB3NzaC1yc2EBBACCAQABAAABAQD5"

func asSSHKey(name, publicKey string) func() (nebula.SSHKeyRequest, error) {
	return func() (nebula.SSHKeyRequest, error) {
		return nebula.SSHKeyRequest{Name: name, PublicKey: publicKey}, nil
	}
}

// The documented payloads of SSH keys.
func TestSSHKeyVectors(t *testing.T) {
	t.Parallel()
	all := examples(t)
	for name, test := range map[string]struct {
		want sent
		call func(t *testing.T, client *nebula.Client)
	}{
		"create_ssh_key": {sent{method: "POST", path: "/ssh-keys"}, func(t *testing.T, client *nebula.Client) {
			t.Helper()
			got, err := client.CreateSSHKey(t.Context(), asSSHKey("My Personal SSH Key", exampleSSHKey))
			want := nebula.SSHKey{ID: "73", Name: "My Personal SSH Key", PublicKey: exampleSSHKey, CreatedAt: time.Unix(1730847667, 0).UTC()}
			if err != nil || got != want {
				t.Errorf("got %+v, %v", got, err)
			}
		}},
		"rename_ssh_key": {sent{method: "PUT", path: "/ssh-keys/76"}, func(t *testing.T, client *nebula.Client) {
			t.Helper()
			got, err := client.RenameSSHKey(t.Context(), "76", "Test user was here")
			if err != nil || got.ID != "76" || got.Name != "Test user was here" {
				t.Errorf("got %+v, %v", got, err)
			}
		}},
		"delete_ssh_key": {sent{method: "DELETE", path: "/ssh-keys/76"}, func(t *testing.T, client *nebula.Client) {
			t.Helper()
			if err := client.DeleteSSHKey(t.Context(), "76"); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler, requests := recorder(t, all[name].Response)
			test.call(t, answering(t, handler, nil))
			request := <-requests
			if request.method != test.want.method || request.path != test.want.path {
				t.Errorf("sent %+v", request)
			}
			if all[name].Request != nil {
				mustEqualJSON(t, request.body, all[name].Request)
			}
		})
	}
}

// The example's total is 1 and it has two rows: that is no error. Its times are
// of no known zone.
func TestListSSHKeysVector(t *testing.T) {
	t.Parallel()
	content := string(examples(t)["list_ssh_keys"].Response)
	client := answering(t, func(w http.ResponseWriter, r *http.Request) { body(200, content)(w, r) }, nil)
	got, err := client.ListSSHKeys(t.Context())
	const line = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQD5"
	want := []nebula.SSHKey{{ID: "75", Name: "My Personal SSH Key 1", PublicKey: line}, {ID: "76", Name: "My Personal SSH Key 2", PublicKey: line}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Rows have two spellings, as an array or in an object, with ids of two types.
func TestListSSHKeysSpellings(t *testing.T) {
	t.Parallel()
	want := []nebula.SSHKey{{ID: "7", Name: "a", PublicKey: "ssh-rsa A", CreatedAt: time.Unix(1730847667, 0).UTC()}}
	for name, data := range map[string]string{
		"object":     `{"ssh_keys":[{"id":7,"key_name":"a","key_data":"ssh-rsa A","create_time":"1730847667"}],"total_ssh_keys":1}`,
		"array":      `[{"id":"7","name":"a","public_key":"ssh-rsa A","created_at":1730847667}]`,
		"both names": `[{"id":"7","name":"","key_name":"a","key_data":null,"public_key":"ssh-rsa A","create_time":"EST 2024-10-23 10:24:21","created_at":1730847667.0}]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := answering(t, body(200, `{"status":"success","message":"","data":`+data+`}`), nil)
			if got, err := client.ListSSHKeys(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// An API that calls the fields otherwise refuses the first form, once.
func TestSSHKeyFieldsAreFound(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []map[string]string
	client := answering(t, func(w http.ResponseWriter, r *http.Request) {
		var fields map[string]string
		if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
			t.Error(err)
		}
		mu.Lock()
		bodies = append(bodies, fields)
		mu.Unlock()
		if _, ok := fields["public_key"]; !ok {
			body(422, `{"detail":[{"loc":["body","public_key"],"msg":"Field required"}]}`)(w, r)
			return
		}
		body(200, `{"status":"success","message":"","data":{"id":7,"name":"a","public_key":"ssh-rsa A"}}`)(w, r)
	}, nil)
	for range 2 {
		if _, err := client.CreateSSHKey(t.Context(), asSSHKey("a", "ssh-rsa A")); err != nil {
			t.Fatal(err)
		}
	}
	second := map[string]string{"name": "a", "public_key": "ssh-rsa A"}
	if want := []map[string]string{{"key_name": "a", "key_data": "ssh-rsa A"}, second, second}; !reflect.DeepEqual(bodies, want) {
		t.Errorf("sent %v, want %v", bodies, want)
	}
}

// One example of the reference creates with name and key_data.
func TestSSHKeyIsMadeWithNameAndKeyData(t *testing.T) {
	t.Parallel()
	client := answering(t, func(w http.ResponseWriter, r *http.Request) {
		var fields map[string]string
		if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
			t.Error(err)
		}
		if fields["name"] == "" || fields["key_data"] == "" {
			body(422, `{"detail":[{"loc":["body","name"],"msg":"Field required"}]}`)(w, r)
			return
		}
		body(200, `{"status":"success","message":"","data":{"id":7}}`)(w, r)
	}, nil)
	if key, err := client.CreateSSHKey(t.Context(), asSSHKey("a", "ssh-rsa A")); err != nil || key.ID != "7" {
		t.Errorf("got %v, %v", key.ID, err)
	}
}

// A create that may have been acted on is not sent in another form.
func TestAmbiguousSSHKeyIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"400 of a proxy": body(400, "<html>"),
		"502":            body(502, "{}"),
		"no id":          body(200, `{"status":"success","message":"","data":{"key_name":"a"}}`),
		"bad id":         body(200, `{"status":"success","message":"","data":{"id":"a/b"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := 0
			client := answering(t, func(w http.ResponseWriter, r *http.Request) { sent++; answer(w, r) }, nil)
			if _, err := client.CreateSSHKey(t.Context(), asSSHKey("a", "b")); !nebula.IsAmbiguous(err) || sent != 1 {
				t.Errorf("%v after %d requests", err, sent)
			}
		})
	}
}
