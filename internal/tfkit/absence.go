package tfkit

import (
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
)

// What is said of an object that is gone is the same for all kinds. Thing is
// what people call one of them.

// Unconfirmed is said of a delete that the API did not confirm: that no list
// shows the object is all that is known.
func Unconfirmed(s *Services, thing string, absent *listing.AbsentError) Message {
	return Message{
		Title: thing + " not confirmed to be deleted",
		Brief: "The API did not say that it deleted " + absent.Words.One + " " + string(absent.ID) + " either. It is no longer in the state.",
		What: "The API did not say that it deleted " + absent.Words.One + " " + string(absent.ID) + ". Two complete lists (GET " + absent.Source +
			", asked with the " + string(s.Client.CredentialKind()) + ") do not show it: it is deleted, by this call or before, or it belongs to another account than the credential.",
		State: "The " + absent.Words.One + " is no longer in the state.",
		Next:  "If it may belong to another account, look for it there: it would still exist.",
	}
}

// GoneAlready warns that a delete was not confirmed.
func GoneAlready(op *Operation, thing string, absent *listing.AbsentError) {
	op.Warn(Unconfirmed(op.Services, thing, absent))
}

// GoneYoung warns of an object that is gone and was made a moment ago.
func GoneYoung(op *Operation, thing string, absent *listing.AbsentError) {
	if absent.Young && absent.ID != "" {
		op.Warn(Young(thing, absent))
	}
}

// Young is said of an object that is gone and was made a moment ago.
func Young(thing string, absent *listing.AbsentError) Message {
	return Message{
		Title: thing + " gone soon after its creation",
		What:  "Two complete lists do not show " + absent.Words.One + " " + string(absent.ID) + ", which was created less than two minutes ago: it was deleted elsewhere, or the list is not up to date yet.",
		State: "The " + absent.Words.One + " is no longer in the state, so Terraform plans to create another.",
		Next:  "Plan again before you apply. If the " + absent.Words.One + " is back, import it instead.",
	}
}

// NoneFound warns, once in a run, when an absence was proven and not one of the
// objects of the kind that the run has looked for is in the list, which says so.
func NoneFound(op *Operation, things string, list interface{ NoneFound() bool }, absent *listing.AbsentError) {
	if !list.NoneFound() {
		return
	}
	op.WarnOnce(Message{
		Title: "None of the " + things + " was found",
		What: "Not one of the " + absent.Words.Many + " that this run has looked for is in the list (GET " + absent.Source + ", asked with the " +
			string(op.Client.CredentialKind()) + "). They were deleted elsewhere, or the credential belongs to another account.",
		State: "What two complete lists do not show is no longer in the state.",
		Next:  "If the credential may belong to another account, stop here, restore the state, and set the right one: they would still exist.",
	})
}
