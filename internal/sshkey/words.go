package sshkey

import (
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// nameChanged warns that the API keeps a name in another form than it was sent.
func nameChanged(m *model, shown string) tfkit.Message {
	return tfkit.Message{
		Title: "API stores another name than was sent",
		What:  "The API keeps the name " + tfkit.Quoted(m.Name.ValueString()) + " as " + tfkit.Quoted(shown) + " (SSH key " + tfkit.Quoted(m.ID.ValueString()) + ").",
		State: "The state holds the name of the configuration. The provider remembers what the API made of it, and does not take that for a change.",
		Next:  "Nothing has to be done. To avoid the difference, choose a name that the API does not change.",
	}
}

// notCompared warns that an imported entry is given a public key that cannot be
// compared with its own.
func notCompared(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "Public key cannot be compared", Attribute: path.Root("public_key"),
		What:  "The list shows the public key of SSH key " + tfkit.Quoted(m.ID.ValueString()) + " in part only, so it cannot be compared with the configuration.",
		State: "The state holds the public key of the configuration. The entry itself is not changed.",
		Next:  "Make sure that it is the same key. If it is not, replace the SSH key (terraform apply -replace=ADDRESS).",
	}
}

// knownLater warns of a public key that becomes known only during apply.
func knownLater() tfkit.Message {
	return tfkit.Message{
		Title: "Public key is not known yet", Attribute: path.Root("public_key"),
		What: "The value of public_key will be known only during apply. If it is the same key, only the state changes. " +
			"If it is another one, the apply stops at this resource and changes nothing of it, because this plan does not replace it.",
		Next: "Where another key is meant, say so in the configuration: lifecycle { replace_triggered_by = [...] } with the resource that makes the key.",
	}
}

// otherKey refuses an update that would have to replace the entry.
func otherKey() tfkit.Message {
	return tfkit.Message{
		Attribute: path.Root("public_key"),
		What:      "public_key has turned out to be another key, and the plan did not replace the SSH key.",
		State:     "The SSH key stays in the state as it was, and nothing was called.",
		Next:      "Plan again: now that the key is known, the plan replaces the SSH key.",
	}
}

// plannedTwice refuses two resources with one public key.
func plannedTwice(other string) tfkit.Message {
	return tfkit.Message{
		Title: "Two resources with one public key", Attribute: path.Root("public_key"),
		What: "Another nebula_ssh_key of this configuration, named " + tfkit.Quoted(other) + ", has the same public key. The API keeps one entry per public key and would refuse the second.",
		Next: "Use that resource's id in both places, and remove this one.",
	}
}
