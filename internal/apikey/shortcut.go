package apikey

import (
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/shortcut"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// NewShortcut is what the provider can answer about nebula_api_key without the
// framework. Data is what the provider hands to its resources; nil while it is
// not configured.
func NewShortcut(data func() *tfkit.ProviderData) shortcut.Resource {
	return shortcut.New(&keyResource{}, shortcut.Rules{
		Valid:     plainlyValid,
		Unchanged: func(state shortcut.Object) (shortcut.Object, bool) { return plainlyUnchanged(data(), state) },
	})
}

// plainlyValid knows the configurations that nothing is wrong with at a glance:
// those without recipients and time-outs, which take a closer look.
func plainlyValid(config shortcut.Object) bool {
	for _, name := range []string{"age_recipients", "timeouts", "id", "key", "encrypted_key", "fingerprint", "creation_token"} {
		if !config.IsNull(name) {
			return false
		}
	}
	if name, ok := config.Text("name"); !config.IsUnknown("name") && (!ok || name == "") {
		return false
	}
	if config.IsNull("description") || config.IsUnknown("description") {
		return true
	}
	description, ok := config.Text("description")
	_, token := lifecycle.SplitMarker(description)
	return ok && token == ""
}

// plainlyUnchanged compares a key with the list that is already here. The first
// reads of a run find none, and everything that is not as it was is Read's.
func plainlyUnchanged(data *tfkit.ProviderData, state shortcut.Object) (identity shortcut.Object, ok bool) {
	id, ok := state.Text("id")
	if !ok || data == nil {
		return nil, false
	}
	services, ok := data.Connected()
	if !ok {
		return nil, false
	}
	m := model{ID: types.StringValue(id), Name: recorded(state, "name"), Description: recorded(state, "description"), CreationToken: recorded(state, "creation_token")}
	key, ok := services.Keys.Known(m.ref(), lifecycle.RefreshAge)
	if !ok || m.refresh(key) {
		return nil, false
	}
	fingerprint, _ := state.Text("fingerprint")
	services.NoteKey(id, fingerprint)
	return shortcut.Object{"id": tftypes.NewValue(tftypes.String, id)}, true
}

func recorded(state shortcut.Object, name string) types.String {
	if value, ok := state.Text(name); ok {
		return types.StringValue(value)
	}
	return types.StringNull()
}
