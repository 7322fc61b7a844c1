package nebula_test

import (
	"encoding/json"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// The detail repeats what the list says of a machine's maker in "user", which
// is not the user to log in as.
func TestDetailWithMaker(t *testing.T) {
	t.Parallel()
	for maker, want := range map[string]string{`{"id":1,"name":"Maker"}`: "ubuntu", `null`: "ubuntu", `7`: "ubuntu", `"Maker"`: "ubuntu"} {
		var detail nebula.InstanceDetail
		err := json.Unmarshal([]byte(`{"id":"i-1","user":`+maker+`,"user_name":"ubuntu","password":12345}`), &detail)
		if err != nil || detail.User != want || detail.Password != "12345" {
			t.Errorf("user %s: got %q and a password of %d characters, %v", maker, detail.User, len(detail.Password), err)
		}
	}
}
