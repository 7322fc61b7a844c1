package sshkey

import (
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func openEnd(m *model) string {
	return "An earlier apply could not find out whether it made the SSH key " + tfkit.Quoted(m.Name.ValueString())
}

// withoutID warns of an entry that may have been made and cannot be recognised.
func withoutID(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key without id",
		What:  openEnd(m) + ", and the account's list does not tell: it showed such an entry before, could not be read, or shows public keys in part only.",
		State: "It stays in the state as tainted until ten minutes after its creation.",
		Next:  "Look for an SSH key of that name, and delete it if it is a leftover. Then apply: Terraform creates another.",
	}
}

// forgotten warns that such an entry leaves the state.
func forgotten(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key without id removed from the state",
		What:  openEnd(m) + ", and the account's list does not tell which entry it would be.",
		State: "It is no longer in the state. Nothing was deleted.",
		Next:  "Look for an SSH key of that name, and delete it if it is a leftover: the API would refuse to make another with the same public key.",
	}
}

// notFoundYet warns that no list shows an entry that may have been made.
func notFoundYet(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key not found yet",
		What:  openEnd(m) + ", and no list shows its public key (" + m.Fingerprint.ValueString() + ") so far.",
		State: "It stays in the state as tainted until ten minutes after its creation.",
		Next:  "Apply again. The provider looks for the public key once more, deletes its entry if it has appeared, and makes another.",
	}
}

// mayAppear warns that an entry that was not found is no longer in the state, and
// may appear all the same.
func mayAppear(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key may still appear",
		What:  openEnd(m) + ". That was less than ten minutes ago, and no list shows its public key (" + m.Fingerprint.ValueString() + ").",
		State: "It is no longer in the state.",
		Next:  "Look for that fingerprint again in a while (data source nebula_ssh_keys), and delete the entry if it has appeared.",
	}
}

// appeared warns that the entry of an ambiguous create was found.
func appeared(m *model, found entry) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key found after a lost answer",
		What:  openEnd(m) + ". The list now shows its public key as SSH key " + tfkit.Quoted(string(found.ID)) + ".",
		State: "Its id is now in the state. It is still tainted, so the plan replaces it.",
		Next:  "Nothing is wrong with it: terraform untaint ADDRESS keeps it.",
	}
}

// severalFound warns that a public key does not tell one entry.
func severalFound(err *listing.SeveralError) tfkit.Message {
	return tfkit.Message{
		Title: "Several SSH keys with one public key",
		What:  tfkit.Sentence(err) + " No more than one of them was made by this configuration.",
		State: "It stays in the state as tainted, without an id.",
		Next:  "Find out which of them are in use, delete the others, then apply.",
	}
}

// tooFarAhead warns that a recorded instant cannot be true.
func tooFarAhead(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "Creation time of an SSH key is in the future",
		What:  openEnd(m) + ". It recorded the time " + m.CreatedAt.ValueString() + ", which is more than five minutes ahead of this machine's clock.",
		State: "The provider uses the present time instead.",
		Next:  "Check the clocks of the machines that run Terraform.",
	}
}

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
