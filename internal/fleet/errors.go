package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Each error of this package says what happened, with the machine's id, status
// and price as far as they are known, and what to do next (Happened and Advice,
// see tfkit).

// TakenError says that a create was not sent because of its name.
type TakenError struct {
	Name string
	// Machines are those that have the name; none when another create of this
	// run is making one.
	Machines []nebula.Instance
}

func (e *TakenError) Error() string {
	if len(e.Machines) == 0 {
		return fmt.Sprintf("another resource of this run is making an instance named %q, and two of one name cannot be told apart", e.Name)
	}
	return fmt.Sprintf("the account has an instance named %q already", e.Name)
}

// Argument is the attribute that the error is about.
func (e *TakenError) Argument() string { return "name" }

// Happened tells what happened, in paragraphs.
func (e *TakenError) Happened(func(error) []string) []string {
	if len(e.Machines) == 0 {
		return []string{capital(e.Error()) + ". No request was sent, so nothing is billed."}
	}
	return []string{
		fmt.Sprintf("The account has an instance named %q already. The API answers a create without an id, so two of one name cannot be told apart. No request was sent, so nothing is billed. It is:", e.Name),
		showAll(e.Machines),
	}
}

// Advice says what to do next.
func (e *TakenError) Advice(func(error) string) string {
	const other = "Choose another name, or give name_prefix instead of name: it makes each name unique."
	if len(e.Machines) == 0 {
		return other
	}
	return "If nobody else manages it, for example because an apply was killed, take it over:\n\n" + importBlock(e.Machines[0].ID) + "\n\n" + other
}

// UndecidedError says that a create may have made a machine that could not be
// told for certain. What it holds must be remembered.
type UndecidedError struct {
	Name   string
	Marked bool
	// Begun is when the request was made.
	Begun time.Time
	// Price is what the machine costs per hour, if it exists.
	Price nebula.Number
	// Candidates may be the machine; none is taken. Alike have a part of its
	// name.
	Candidates, Alike []nebula.Instance
	// Create is what happened to the answer; nil after the answer "success".
	// List is what kept the list from telling; nil when lists were had.
	Create, List error
}

// ToldInFull says that each machine's error stands for itself (see tfkit).
func (e *UndecidedError) ToldInFull() {}

func (e *UndecidedError) Error() string {
	if e.Create == nil {
		return fmt.Sprintf("the API said that it made the instance %q, and no list proves which one it is", e.Name)
	}
	return fmt.Sprintf("%s; whether it made the instance %q is not known yet", e.Create, e.Name)
}

// Unwrap gives both causes.
func (e *UndecidedError) Unwrap() []error {
	var all []error
	for _, err := range []error{e.Create, e.List} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// Happened tells what happened, in paragraphs.
func (e *UndecidedError) Happened(tell func(error) []string) []string {
	var paragraphs []string
	if e.Create == nil {
		paragraphs = append(paragraphs, fmt.Sprintf("The API said that it made the instance %q.", e.Name))
	} else {
		paragraphs = append(paragraphs, tell(e.Create)...)
	}
	switch {
	case len(e.Candidates) > 0:
		paragraphs = append(paragraphs, fmt.Sprintf("Nothing proves that one of these is the instance named %q of this create, so none is taken over. It may also be another that still appears, and is billed (%s). These may be billed:", e.Name, PerHour(e.Price)), showAll(e.Candidates))
	default:
		paragraphs = append(paragraphs, fmt.Sprintf("No list has shown an instance named %q so far. It may still appear, and be billed: %s.", e.Name, PerHour(e.Price)))
	}
	if len(e.Alike) > 0 {
		paragraphs = append(paragraphs, "The names of these instances begin alike, as if the API had cut the name. They are not touched:", showAll(e.Alike))
	}
	if e.List != nil {
		paragraphs = append(append(paragraphs, "The list could not be read:"), tell(e.List)...)
	}
	return paragraphs
}

// Advice says how the machine is found that the create may have made.
func (e *UndecidedError) Advice(func(error) string) string {
	if e.Marked && len(e.Candidates) == 0 && len(e.Alike) == 0 {
		return "Plan again: each plan looks for the name, which no other instance has, and saves the id in the state once it is there. " +
			"The instance is then replaced; terraform untaint ADDRESS keeps it."
	}
	found := append(append([]nebula.Instance{}, e.Candidates...), e.Alike...)
	if len(found) == 0 {
		return "Look for it in a while (data source nebula_instances, or the console). If it is there, run terraform state rm ADDRESS and import it by its id, or delete it. " +
			"The entry can be destroyed when there is no instance of that name."
	}
	return "Find out which one is yours (the console shows more). To keep it, run terraform state rm ADDRESS, and then import it:\n\n" + importBlock(found[0].ID) +
		"\n\nIf none of them is in use, delete them at the console or with the action nebula_instance_delete, then apply again."
}

// UnprovenError says that there are machines of the name of a create that was
// left undecided, and that nothing proves which one is meant.
type UnprovenError struct {
	Name     string
	Machines []nebula.Instance
}

func (e *UnprovenError) Error() string {
	return fmt.Sprintf("nothing proves which instance named %q was made by an earlier apply", e.Name)
}

// Happened tells what happened, in paragraphs.
func (e *UnprovenError) Happened(func(error) []string) []string {
	return []string{
		fmt.Sprintf("An earlier apply could not find out which instance named %q it made, if any. These have the name, may be billed, and are not touched:", e.Name),
		showAll(e.Machines),
	}
}

// Advice says what to do next.
func (e *UnprovenError) Advice(func(error) string) string {
	if len(e.Machines) == 0 {
		return "Run the command again."
	}
	return "Find out which one is yours (the console shows more). To keep it, run terraform state rm ADDRESS, and then import it:\n\n" + importBlock(e.Machines[0].ID) +
		"\n\nIf none of them is in use, delete them at the console or with the action nebula_instance_delete."
}

// NotReadyError says that a machine was not where it was to be in the end. It
// exists, and nothing else is wrong with it as far as is known.
type NotReadyError struct {
	Machine nebula.Instance
	Goal    Goal
	Waited  time.Duration
	// Silent says that it has its address, and that port 22 does not answer.
	Silent bool
	// Err is why the wait ended.
	Err error
}

// ToldInFull says that each machine's error stands for itself (see tfkit).
func (e *NotReadyError) ToldInFull() {}

func (e *NotReadyError) Error() string { return e.sentence() + ": " + e.Err.Error() }

func (e *NotReadyError) sentence() string {
	missing := map[Goal]string{Runs: "running", Addressed: "running with an address", Greets: "running with an address"}[e.Goal]
	if e.Silent {
		return fmt.Sprintf("instance %s runs at %s, and its port 22 does not answer with the banner of an SSH server after %s",
			Show(e.Machine), Address(e.Machine), minutes(e.Waited))
	}
	return fmt.Sprintf("instance %s is not %s after %s", Show(e.Machine), missing, minutes(e.Waited))
}

// Unwrap gives why the wait ended.
func (e *NotReadyError) Unwrap() error { return e.Err }

// Happened tells what happened, in paragraphs.
func (e *NotReadyError) Happened(tell func(error) []string) []string {
	paragraphs := []string{capital(e.sentence()) + ". It exists and may be billed."}
	if unread(e.Err) {
		paragraphs = append(append(paragraphs, "The list could not be read:"), tell(e.Err)...)
	}
	return paragraphs
}

// Advice says what to do next.
func (e *NotReadyError) Advice(func(error) string) string {
	return "Longer timeouts, or wait_for = \"none\", give it more time."
}

// FailedError says that the API calls a machine failed.
type FailedError struct{ Machine nebula.Instance }

func (e *FailedError) Error() string { return "instance " + Show(e.Machine) + " has failed" }

// Happened tells what happened, in paragraphs.
func (e *FailedError) Happened(func(error) []string) []string {
	return []string{capital(e.Error()) + ". It exists and may be billed until it is deleted."}
}

// Advice says what to do next.
func (e *FailedError) Advice(func(error) string) string {
	return "If another one fails as well, try another product or image, or ask Nebula Block."
}

// VanishedError says that somebody else deletes, or has deleted, a machine.
type VanishedError struct{ Machine nebula.Instance }

func (e *VanishedError) Error() string {
	return "instance " + Show(e.Machine) + " is gone, or is being deleted: somebody else did that"
}

// Advice says what to do next.
func (e *VanishedError) Advice(func(error) string) string { return "Plan again." }

// ReservedError says that a machine is reserved and was not touched.
type ReservedError struct{ Machine nebula.Instance }

func (e *ReservedError) Error() string {
	return "instance " + Show(e.Machine) + " is a reserved one, which is made and ended elsewhere. Nothing was sent"
}

// Advice says what to do next.
func (e *ReservedError) Advice(func(error) string) string {
	return "Leave it out of the configuration. The data source nebula_instances shows reserved instances with include_reserved = true."
}

// NotGoneError says that the API has taken on to delete a machine that was still
// there in the end.
type NotGoneError struct {
	Machine nebula.Instance // as it was seen last
	Waited  time.Duration
	// Err is why the wait ended.
	Err error
}

// ToldInFull says that each machine's error stands for itself (see tfkit).
func (e *NotGoneError) ToldInFull() {}

func (e *NotGoneError) Error() string { return e.sentence() + ": " + e.Err.Error() }

func (e *NotGoneError) sentence() string {
	return fmt.Sprintf("the API accepted the deletion of instance %s, and after %s there is no proof that it is gone", Show(e.Machine), minutes(e.Waited))
}

// Unwrap gives why the wait ended.
func (e *NotGoneError) Unwrap() error { return e.Err }

// Happened tells what happened, in paragraphs.
func (e *NotGoneError) Happened(tell func(error) []string) []string {
	paragraphs := []string{capital(e.sentence()) + ". It may still be billed."}
	if unread(e.Err) {
		paragraphs = append(append(paragraphs, "The list could not be read:"), tell(e.Err)...)
	}
	return paragraphs
}

// Advice says what to do next.
func (e *NotGoneError) Advice(func(error) string) string {
	return "Run the command again. If that does not help, look at the console, or ask Nebula Block."
}

// NotSwitchedError says that a start or a stop did not come about, or was not
// seen to.
type NotSwitchedError struct {
	Machine nebula.Instance // as it was seen last
	Want    State
	Waited  time.Duration
	// Call is what happened to the answer; nil after the answer "success". Err
	// is why the wait ended; nil when the machine has stayed as it was.
	Call, Err error
}

// ToldInFull says that each machine's error stands for itself (see tfkit).
func (e *NotSwitchedError) ToldInFull() {}

func (e *NotSwitchedError) Error() string { return e.sentence() }

func (e *NotSwitchedError) sentence() string {
	want := "running"
	if e.Want == Stopped {
		want = "stopped"
	}
	return fmt.Sprintf("instance %s is not %s after %s", Show(e.Machine), want, minutes(e.Waited))
}

// Unwrap gives the causes.
func (e *NotSwitchedError) Unwrap() []error {
	var all []error
	for _, err := range []error{e.Call, e.Err} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// Happened tells what happened, in paragraphs.
func (e *NotSwitchedError) Happened(tell func(error) []string) []string {
	paragraphs := []string{capital(e.sentence()) + ". The call was sent once, and is never repeated."}
	if e.Call != nil {
		paragraphs = append(paragraphs, tell(e.Call)...)
	}
	if unread(e.Err) {
		paragraphs = append(append(paragraphs, "The list could not be read:"), tell(e.Err)...)
	}
	return paragraphs
}

// Advice says what to do next.
func (e *NotSwitchedError) Advice(advise func(error) string) string {
	if errors.Is(e.Err, context.Canceled) {
		return advise(e.Err)
	}
	return "Look at the instance's status, then apply again."
}

// MayHaveRebootedError says that a reboot was asked for and not answered.
type MayHaveRebootedError struct {
	Machine nebula.Instance
	Call    error
}

// ToldInFull says that each machine's error stands for itself (see tfkit).
func (e *MayHaveRebootedError) ToldInFull() {}

func (e *MayHaveRebootedError) Error() string {
	return "instance " + Show(e.Machine) + " may or may not have been rebooted: " + e.Call.Error()
}

// Unwrap gives what happened to the answer.
func (e *MayHaveRebootedError) Unwrap() error { return e.Call }

// Happened tells what happened, in paragraphs.
func (e *MayHaveRebootedError) Happened(tell func(error) []string) []string {
	return append([]string{"Instance " + Show(e.Machine) + " may or may not have been rebooted. The call was sent once, and is never repeated."}, tell(e.Call)...)
}

// Advice says what to do next.
func (e *MayHaveRebootedError) Advice(func(error) string) string {
	return "Look on the machine how long it has been running (uptime). Reboot again if it was not rebooted."
}

// capital makes a sentence's first letter a capital.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
