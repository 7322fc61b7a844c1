package exclusivekit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// Words are what people are told of one kind of objects.
type Words struct {
	// One is "volume". Many is "cloud volumes", and Short is that in a sentence
	// that goes without "cloud".
	One, Many, Short string
	// Arguments are those that spare: "allowed_ids and ignore_name_regex".
	Arguments string
	// Unless says, after a comma, what may spare an object that a plan names
	// although all arguments are known; mostly nothing.
	Unless string
	// Allow says what to add to allowed_ids, in a sentence.
	Allow string
	// Print makes what the map shows of an object safe to print.
	Print func(string) string
}

// mostShown is how many objects a message names. An account can have many
// thousands, and a plan shows each of them anyway.
const mostShown = 20

// Show names objects for people, in the order of their ids, and counts those
// beyond the first ones.
func (w Words) Show(objects Named) string {
	if len(objects) == 0 {
		return "none"
	}
	parts := make([]string, 0, mostShown+1)
	for i, id := range slices.Sorted(maps.Keys(objects)) {
		if i == mostShown {
			parts = append(parts, fmt.Sprintf("and %d more", len(objects)-mostShown))
			break
		}
		parts = append(parts, w.ShowOne(id, objects[id]))
	}
	return strings.Join(parts, ", ")
}

// ShowOne names one object for people.
func (w Words) ShowOne(id nebula.ID, shown string) string {
	return fmt.Sprintf("%s (%s)", nebula.CleanText(string(id)), w.Print(shown))
}

// ToBeDeleted warns of the objects that an apply deletes. Known says that the
// arguments are.
func (w Words) ToBeDeleted(doomed Named, known bool) tfkit.Message {
	m := tfkit.Message{Title: tfkit.Capital(w.Many) + " to be deleted",
		What: "Applying this plan deletes these " + w.Many + w.Unless + ": " + w.Show(doomed) + "."}
	if !known {
		m.What = "Applying this plan deletes those of these " + w.Many + " that " + w.Arguments + " do not spare, once their values are known: " + w.Show(doomed) + "."
	}
	return m
}

// NotAllowed warns of managed objects that are spared although allowed_ids
// lacks them.
func (w Words) NotAllowed(spared Named) tfkit.Message {
	return tfkit.Message{Title: "Managed " + w.Many + " are not in allowed_ids",
		What:  "These " + w.Many + " are managed by this configuration and not in allowed_ids: " + w.Show(spared) + ".",
		State: "They are not deleted.",
		Next: w.Allow + " A " + w.One + " that is no longer managed is not deleted either, because that cannot be seen here: " +
			"delete it elsewhere, or replace this resource once (-replace=ADDRESS)."}
}
