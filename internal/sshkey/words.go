package sshkey

import (
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func openEnd(m *model) string {
	return "An earlier apply could not establish whether it made the SSH key " + tfkit.Quoted(m.Name.ValueString())
}

// withoutID warns of an entry that may have been made and cannot be recognised.
func withoutID(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key without id",
		What:  openEnd(m) + ", and the account's list does not tell: it showed such an entry before, could not be had, or shows public keys in part only.",
		State: "It stays recorded as tainted until its creation is ten minutes past.",
		Next:  "Look for an SSH key of that name, delete it if it is a leftover, then apply: another is made.",
	}
}

// forgotten warns that such an entry leaves the state.
func forgotten(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key without id forgotten",
		What:  openEnd(m) + ", and the account's list does not tell which entry it would be.",
		State: "It is no longer recorded; nothing was deleted.",
		Next:  "Look for an SSH key of that name, and delete it if it is a leftover: the API would refuse to make another with the same public key.",
	}
}

// notFoundYet warns that no list shows an entry that may have been made.
func notFoundYet(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key not found yet",
		What:  openEnd(m) + ", and no list shows its public key (" + m.Fingerprint.ValueString() + ") so far.",
		State: "It stays recorded as tainted until its creation is ten minutes past.",
		Next:  "Apply: the public key is looked for once more, its entry deleted if it has appeared, and another is made.",
	}
}

// mayAppear warns that an entry that was not found is no longer recorded, and
// may appear all the same.
func mayAppear(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key may still appear",
		What:  openEnd(m) + ". That was less than ten minutes ago, and no list shows its public key (" + m.Fingerprint.ValueString() + ").",
		State: "It is no longer recorded.",
		Next:  "Look for that fingerprint again in a while (data source nebula_ssh_keys), and delete the entry if it has appeared.",
	}
}

// appeared warns that the entry of an ambiguous create was found.
func appeared(m *model, found entry) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key found after a lost answer",
		What:  openEnd(m) + ". The list now shows its public key as SSH key " + tfkit.Quoted(string(found.ID)) + ".",
		State: "Its id is recorded. It is still tainted, so the plan replaces it.",
		Next:  "Nothing is wrong with it: terraform untaint ADDRESS keeps it.",
	}
}

// severalFound warns that a public key does not tell one entry.
func severalFound(err *listing.SeveralError) tfkit.Message {
	return tfkit.Message{
		Title: "Several SSH keys with one public key",
		What:  tfkit.Sentence(err) + " No more than one of them was made by this configuration.",
		State: "It stays recorded as tainted, without an id.",
		Next:  "Find out which of them are in use, delete the others, then apply.",
	}
}

// tooFarAhead warns that a recorded instant cannot be true.
func tooFarAhead(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "Time of an SSH key's creation lies ahead",
		What:  openEnd(m) + ". It recorded the time " + m.CreatedAt.ValueString() + ", which lies ahead of this machine's clock by more than five minutes.",
		State: "The present time is taken in its place.",
		Next:  "Check the clocks of the machines that run Terraform.",
	}
}

// nameChanged warns that the API keeps a name in another form than it was sent.
func nameChanged(m *model, shown string) tfkit.Message {
	return tfkit.Message{
		Title: "SSH key kept with another name",
		What:  "The API keeps the name " + tfkit.Quoted(m.Name.ValueString()) + " as " + tfkit.Quoted(shown) + " (SSH key " + tfkit.Quoted(m.ID.ValueString()) + ").",
		State: "The name of the configuration is recorded. What the API made of it is remembered and not taken for a change.",
		Next:  "Nothing has to be done. Give a name that the API keeps as it is if the difference disturbs.",
	}
}

// notCompared warns that an imported entry is given a public key that cannot be
// compared with its own.
func notCompared(m *model) tfkit.Message {
	return tfkit.Message{
		Title: "Public key cannot be compared", Attribute: path.Root("public_key"),
		What:  "The list shows the public key of SSH key " + tfkit.Quoted(m.ID.ValueString()) + " in part only, so it cannot be compared with the configuration.",
		State: "The public key of the configuration is recorded. The entry itself is not changed.",
		Next:  "Make sure that it is the same key. If it is not, replace the SSH key (terraform apply -replace=ADDRESS).",
	}
}

// knownLater warns of a public key that becomes known only during apply.
func knownLater() tfkit.Message {
	return tfkit.Message{
		Title: "Public key is not known yet", Attribute: path.Root("public_key"),
		What: "The value of public_key will be known only during apply. If it is the same key, it is recorded. " +
			"If it is another one, the apply stops at this resource and changes nothing of it, because this plan does not replace it.",
		Next: "Where another key is meant, say so in the configuration: lifecycle { replace_triggered_by = [...] } with the resource that makes the key.",
	}
}

// otherKey refuses an update that would have to replace the entry.
func otherKey() tfkit.Message {
	return tfkit.Message{
		Attribute: path.Root("public_key"),
		What:      "public_key has turned out to be another key, and the plan did not replace the SSH key.",
		State:     "The SSH key stays recorded as it was, and nothing was called.",
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
