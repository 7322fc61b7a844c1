package fakenebula_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// keyVectors are those of API keys. Key 1 is the callers' own.
func keyVectors() map[string]vector {
	seeds := []fakenebula.SeedKey{{Name: "api-test-key", Description: "This is the test API key"}}
	in2024, in2025 := fakenebula.Options{APIKeys: seeds}, fakenebula.Options{Reading: fakenebula.Reading2025, APIKeys: seeds}
	const create = `{"name":"test-api-key","description":"This is a test API key"}`
	return map[string]vector{
		"create_api_key": {in2024, func(_ *testing.T, api caller, e example) reply {
			return api.sendJSON("POST", "/api-keys", string(e.Request))
		}},
		"create_api_key_uuid_era": {fakenebula.Options{IDs: fakenebula.StringIDs}, func(_ *testing.T, api caller, _ example) reply {
			return api.sendJSON("POST", "/api-keys", create)
		}},
		"list_api_keys":  {in2024, func(_ *testing.T, api caller, _ example) reply { return api.list() }},
		"delete_api_key": {in2024, func(_ *testing.T, api caller, _ example) reply { return api.remove("2") }},

		"list_keys_2025": {in2025, func(t *testing.T, api caller, _ example) reply {
			api.sendJSON("POST", "/keys", `{"name":"Test key","team_id":8}`).data(t)
			return api.sendJSON("GET", "/keys", "")
		}},
		"create_team_key_2025": {in2025, func(t *testing.T, api caller, e example) reply {
			return api.sendJSON("POST", "/keys", bodyOf(t, e))
		}},
		"regenerate_key_2025": {in2025, func(t *testing.T, api caller, e example) reply {
			return api.sendJSON("PUT", "/keys/2", bodyOf(t, e))
		}},
		"delete_key_2025": {in2025, func(_ *testing.T, api caller, _ example) reply { return api.sendJSON("DELETE", "/keys/2", "") }},
		"refusal_detail_string": {fakenebula.Options{Reading: fakenebula.Reading2025, Keys: fakenebula.KeyOptions{Limit: 21}},
			func(t *testing.T, api caller, e example) reply {
				for range 21 {
					api.sendJSON("POST", "/keys", `{"name":"a"}`).data(t)
				}
				refusal := api.sendJSON("POST", "/keys", `{"name":"a"}`)
				for part := range strings.SplitSeq(object(t, string(e.Response))["detail"].(string), "...") {
					if !strings.Contains(refusal.body, strings.TrimSpace(part)) {
						t.Errorf("%s lacks %q", refusal.body, part)
					}
				}
				return refusal
			}},
	}
}

// bodyOf is the body of an example whose request has a method, too.
func bodyOf(t *testing.T, e example) string {
	t.Helper()
	var request struct{ Body json.RawMessage }
	if err := json.Unmarshal(e.Request, &request); err != nil {
		t.Fatal(err)
	}
	return string(request.Body)
}
