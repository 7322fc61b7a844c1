package fleet

import (
	"strings"
	"unicode"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// State is what the status word of a machine means. The vendor documents no
// list of words, so a word that nobody has seen is InMotion: neither success nor
// failure nor absence.
type State int

// The states of a machine.
const (
	InMotion State = iota
	Running
	Stopped
	Failed
	// Going is a machine that is being deleted, Gone one that is deleted.
	Going
	Gone
	// Reserved is a machine that was made elsewhere for a fixed time. It must
	// never be changed or deleted.
	Reserved
)

// words are the status words that were seen, or that suppliers use, without
// case and spaces.
var words = map[string]State{
	"running": Running, "active": Running,
	"stopped": Stopped, "shutoff": Stopped, "shutdown": Stopped, "off": Stopped, "poweredoff": Stopped, "halted": Stopped,
	"error": Failed, "failed": Failed,
	"deleting": Going, "terminating": Going,
	"deleted": Gone, "terminated": Gone,
	"booked": Reserved, "provisioning": Reserved, "completed": Reserved, "canceled": Reserved,
}

// StateOf reads a row. A machine of the reserved type is reserved whatever its
// word unless it is on its way out, and so is one that has an end.
func StateOf(i nebula.Instance) State {
	state := words[plain(string(i.Status))]
	switch kind, known := i.Kind.Int(); {
	case state == Gone, state == Going:
		return state
	case known && kind == 1, !i.EndedAt.Time.IsZero():
		return Reserved
	}
	return state
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// IsLive says that a machine exists and goes on existing.
func IsLive(i nebula.Instance) bool {
	state := StateOf(i)
	return state != Going && state != Gone
}

// IsBilled says that a machine costs money by the hour. One that is stopped
// does: nobody says that it does not. A reserved one was paid for elsewhere.
func IsBilled(i nebula.Instance) bool { return IsLive(i) && StateOf(i) != Reserved }
