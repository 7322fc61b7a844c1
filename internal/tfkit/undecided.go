package tfkit

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Undecided is an object that a create may have made (listing.UndecidedError), in
// words. Its entry in the state has no id.
type Undecided struct {
	// One, Many and A are what people call it, in the forms of listing.Words.
	One, Many, A string
	// Name is the one that the configuration gives it.
	Name string
	// Sign is what it is recognised by, and Value that of this object: "name" and
	// "data". Value is empty where it cannot be recognised.
	Sign, Value string
	// Look says what people look for, and where: "that name again in a while (data
	// source nebula_volumes)".
	Look string
	// Leftover says what one that nobody manages does, and completes "delete it if it
	// is a leftover: ...": "it costs money". It is empty where it does nothing.
	Leftover string
	// Begun is when the create began, by the API's clock if it was known.
	Begun time.Time
}

// ClockAhead warns that a recorded instant cannot be true. Earlier says which
// apply recorded it, as MayHaveMade does; a is the thing with its article.
func ClockAhead(a, earlier string, recorded types.String) Message {
	return Message{
		Title: "Creation time of " + a + " is in the future",
		What:  earlier + ". It recorded the time " + recorded.ValueString() + ", which is more than five minutes ahead of the present time.",
		State: "The provider uses the present time instead.",
		Next:  "Check the clocks of the machines that run Terraform.",
	}
}

func (u *Undecided) earlier() string { return MayHaveMade(u.One, u.Name) }

// MayHaveMade is the beginning of what is said of an undecided create, without a
// full stop. Thing is what people call the object: "volume".
func MayHaveMade(thing, name string) string {
	return "An earlier apply could not find out whether it made the " + thing + " " + Quoted(name)
}

func (u *Undecided) title() string { return Capital(u.One) }

const staysTainted = "It stays in the state as tainted until ten minutes after its creation."

// withoutID warns of an object that cannot be recognised in the list.
func (u *Undecided) withoutID() Message {
	return Message{
		Title: u.title() + " without id",
		What:  u.earlier() + ", and the account's list does not tell: it showed such an entry before, could not be read, or shows " + u.Sign + "s in part only.",
		State: staysTainted,
		Next:  "Look for " + u.A + " of that name, and delete it if it is a leftover. Then apply: Terraform creates another.",
	}
}

// forgotten warns that such an object leaves the state.
func (u *Undecided) forgotten() Message {
	return Message{
		Title: u.title() + " without id removed from the state",
		What:  u.earlier() + ", and the account's list does not tell which entry it would be.",
		State: "It is no longer in the state. Nothing was deleted.",
		Next:  "Look for " + u.A + " of that name, and delete it if it is a leftover" + because(u.Leftover) + ".",
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// notFoundYet warns that no list shows the object so far.
func (u *Undecided) notFoundYet() Message {
	return Message{
		Title: u.title() + " not found yet",
		What:  u.earlier() + ", and no list shows its " + u.Sign + " (" + u.Value + ") so far.",
		State: staysTainted,
		Next:  "Apply again. The provider looks for the " + u.Sign + " once more, deletes its entry if it has appeared, and makes another.",
	}
}

// mayAppear warns that the object was not found when it was to be deleted.
func (u *Undecided) mayAppear() Message {
	return Message{
		Title: u.title() + " may still appear",
		What:  u.earlier() + ". That was less than ten minutes ago, and no list shows its " + u.Sign + " (" + u.Value + ").",
		State: "It is no longer in the state.",
		Next:  "Look for " + u.Look + ", and delete the entry if it has appeared.",
	}
}

// appeared warns that the object was found.
func (u *Undecided) appeared(id nebula.ID) Message {
	return Message{
		Title: u.title() + " found after a lost answer",
		What:  u.earlier() + ". The list now shows its " + u.Sign + " as " + u.One + " " + Quoted(string(id)) + ".",
		State: "Its id is now in the state. It is still tainted, so the plan replaces it.",
		Next:  "Nothing is wrong with it: terraform untaint ADDRESS keeps it.",
	}
}

// several warns that the sign does not tell one object.
func (u *Undecided) several(err *listing.SeveralError) Message {
	return Message{
		Title: "Several " + u.Many + " with one " + u.Sign,
		What:  Sentence(err) + " No more than one of them was made by this configuration.",
		State: "It stays in the state as tainted, without an id.",
		Next:  "Find out which of them are in use, delete the others, then apply.",
	}
}
