package nebula_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func TestIDFromJSON(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]nebula.ID{
		`5`:                    "5",
		`0`:                    "0",
		`-5`:                   "-5",
		`9007199254740993`:     "9007199254740993",     // 2^53+1: a float64 would round it
		`9223372036854775808`:  "9223372036854775808",  // 2^63
		`18446744073709551617`: "18446744073709551617", // 2^64+1
		`123456789012345678901234567890123456789012345678901234567890`: "123456789012345678901234567890123456789012345678901234567890",
		`"5"`:                                    "5",
		`"key_"`:                                 "key_",
		`"9a4d7961-3274-4479-a20b-10f57f9bc75a"`: "9a4d7961-3274-4479-a20b-10f57f9bc75a",
		`"\u0061b"`:                              "ab",
	} {
		var got nebula.ID
		if err := json.Unmarshal([]byte(literal), &got); err != nil || got != want {
			t.Errorf("%s gives %q, %v", literal, got, err)
		}
	}
	for _, literal := range []string{`1.5`, `-1.5`, `5.0`, `1e3`, `1E3`, `null`, `true`, `false`, `{}`, `{"id":5}`, `[]`, `[5]`, `""`} {
		got := nebula.ID("before")
		if err := json.Unmarshal([]byte(literal), &got); err == nil {
			t.Errorf("%s is accepted as %q", literal, got)
		}
	}
}

// TestIllegalIDsInAnswers: what cannot be an id spoils the answer it is in.
func TestIllegalIDsInAnswers(t *testing.T) {
	t.Parallel()
	for _, literal := range []string{`1.5`, `5.0`, `1e3`, `null`, `true`, `{}`, `[5]`, `""`} {
		create := answering(t, body(200, `{"status":"success","message":"ok","data":{"id":`+literal+`,"key":"ak_secret-secret","name":"n"}}`), nil)
		if _, err := create.CreateAPIKey(t.Context(), asking(nebula.APIKeyRequest{Name: "n"})); !nebula.IsAmbiguous(err) {
			t.Errorf("create with id %s: %v", literal, err)
		}
		listing := answering(t, body(200, `{"status":"success","message":"ok","data":[{"id":1,"name":"good"},{"id":`+literal+`,"name":"bad"}]}`), nil)
		if keys, err := list(t.Context(), listing); !nebula.IsAmbiguous(err) || keys != nil {
			t.Errorf("list with id %s: %v, %v", literal, keys, err)
		}
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"5", "0", "a", "Z", "9a4d7961-3274-4479-a20b-10f57f9bc75a", "a_b-c", strings.Repeat("9", 64)} {
		if id, err := nebula.ParseID(s); err != nil || string(id) != s {
			t.Errorf("ParseID(%q) = %q, %v", s, id, err)
		}
	}
	for _, s := range illegalIDs() {
		if id, err := nebula.ParseID(s); err == nil || id != "" {
			t.Errorf("ParseID(%q) = %q, %v", s, id, err)
		}
	}
	_, err := nebula.ParseID("ak_" + strings.Repeat("secret", 20))
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a key given for an id: %v", err)
	}
	_, err = nebula.ParseID("\x1b[31mred\u202e" + strings.Repeat("long", 1000))
	if err == nil || len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\x1b\u202e") {
		t.Errorf("hostile id: %q", err)
	}
}

func illegalIDs() []string {
	return []string{
		"", " ", "-1", "_a", "a b", "a/b", "../login", "..", ".", "a.b", "a?b", "a#b", "a%2fb", "%2e%2e", "a\n", "a\x00", "ä", "5;",
		strings.Repeat("9", 65),
	}
}

func TestNoRequestForAnIllegalID(t *testing.T) {
	t.Parallel()
	r := overSocket(t, fakenebula.Options{}, nil)
	for _, id := range illegalIDs() {
		if err := remove(t.Context(), r.client, nebula.ID(id)); err == nil {
			t.Errorf("DeleteAPIKey(%q) succeeds", id)
		}
	}
	r.mustCount(fakenebula.OpAny, 0)
	// The fixture does see what is sent.
	if err := remove(t.Context(), r.client, "no-such-key"); !nebula.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	r.mustCount(fakenebula.OpDeleteKey, 1)
}
