package fakenebula

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// Phase is what a machine is doing. What the API calls it is a matter of words.
type Phase int

// The phases of a machine's life.
const (
	PhaseDeploying Phase = iota
	PhaseRunning
	PhaseFailed
	PhaseStopping
	PhaseStopped
	PhaseStarting
	PhaseRebooting
	PhaseDeleting
	PhaseDeleted
)

// Deployment is how the making of a machine ends.
type Deployment int

// The ends of a deployment.
const (
	DeploySucceeds Deployment = iota
	DeployFails
	// DeployHangs leaves the machine in PhaseDeploying for ever.
	DeployHangs
)

// InstanceOptions are the knobs of machines. What is left at its zero value is
// as the reading has it.
type InstanceOptions struct {
	// Rows says whose fields list and detail show: those of 2024, or of 2025
	// with name, gpu, created_at, type and more.
	Rows Reading
	// FirstRows shows the rows of the first pages of 2024: instance_type instead
	// of product_type, numbers as texts, no price, and the login in the list.
	FirstRows bool
	// TextNumbers writes numbers as texts.
	TextNumbers bool
	// UserField and PasswordField are what the detail calls the login: vm_name
	// and vm_password in 2024, user_name and password in 2025.
	UserField, PasswordField string
	// ExposedPorts is the detail's text of that name.
	ExposedPorts string
	// SSHKeyIDs is the JSON type that a create must have for ssh_key_id: IntIDs
	// in 2024, and in 2025 either, which is nil.
	SSHKeyIDs *IDStyle
	// KnownSSHKeys refuses a create whose SSH key the account does not have.
	KnownSSHKeys bool

	// DeployTime, StopTime, StartTime, RebootTime and DeleteTime are how long it
	// takes from the call to its end.
	DeployTime, StopTime, StartTime, RebootTime, DeleteTime time.Duration
	// AddressAfter is how long after it runs a machine gets its address.
	AddressAfter time.Duration
	// Deployments says how a deployment ends; all succeed when nil. The state is
	// locked: it must not call the Server.
	Deployments func(name string) Deployment
	// Words replace status words.
	Words map[Phase]string
	// ShowDeletedFor keeps a machine that was deleted in the list for that long,
	// with the word for it.
	ShowDeletedFor time.Duration
	// HideReserved leaves reserved machines out of a list that is asked for
	// without a type.
	HideReserved bool
	// UnknownIDStatus refuses a call about a machine that does not exist; 404
	// when zero.
	UnknownIDStatus int
}

func (o InstanceOptions) resolved(r Reading) InstanceOptions {
	if numbers := IntIDs; o.SSHKeyIDs == nil && o.Rows == "" && r == Reading2024 {
		o.SSHKeyIDs = &numbers
	}
	o.Rows = cmp.Or(o.Rows, r)
	o.UserField = cmp.Or(o.UserField, pick(o.Rows, "vm_name", "user_name"))
	o.PasswordField = cmp.Or(o.PasswordField, pick(o.Rows, "vm_password", "password"))
	o.UnknownIDStatus = cmp.Or(o.UnknownIDStatus, http.StatusNotFound)
	return o
}

// word is what the API calls a phase. The words for a machine that failed, is
// stopped or is on its way are not documented.
func (o InstanceOptions) word(p Phase) string {
	if word, ok := o.Words[p]; ok {
		return word
	}
	return [...]string{"Deploying", "Running", "Error", "Stopping", "Stopped", "Starting", "Rebooting", "Deleting", "Deleted"}[p]
}

// Spaced is a knob's words written in another way, which means the same.
func Spaced(word string) string { return " " + strings.ToUpper(word) + " " }
