package fleet

import (
	"fmt"
	"strings"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Status is a machine's status word in lower case, without the spaces around it.
// It is the API's own and safe to print.
func Status(i nebula.Instance) string {
	return nebula.CleanText(strings.ToLower(strings.TrimSpace(string(i.Status))))
}

// PerHour is a price for people.
func PerHour(price nebula.Number) string {
	if price == "" {
		return "an unknown price"
	}
	return "$" + string(price) + " per hour"
}

// Show names a machine for people, with what it does and costs.
func Show(i nebula.Instance) string {
	return fmt.Sprintf("%s (%q, %s, %s)", nebula.CleanText(string(i.ID)), nebula.CleanText(NameOf(i)), statusOrNone(i), PerHour(i.PricePerHour))
}

func statusOrNone(i nebula.Instance) string {
	if status := Status(i); status != "" {
		return status
	}
	return "of no known status"
}

// showAll lists machines, one in a line.
func showAll(machines []nebula.Instance) string {
	lines := make([]string, len(machines))
	for i, machine := range machines {
		lines[i] = "  " + Show(machine)
		if made := machine.CreatedAt.Time; !made.IsZero() {
			lines[i] += ", made at " + made.Format(time.RFC3339)
		}
	}
	return strings.Join(lines, "\n")
}

// importBlock is the configuration that takes a machine over.
func importBlock(id nebula.ID) string {
	return fmt.Sprintf("  import {\n    to = nebula_instance.NAME\n    id = %q\n  }", nebula.CleanText(string(id)))
}

// minutes is a duration for people.
func minutes(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.0f seconds", d.Seconds())
	}
	n := int(d.Round(time.Minute) / time.Minute)
	if n == 1 {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", n)
}
