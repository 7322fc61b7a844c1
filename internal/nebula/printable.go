package nebula

import "strings"

// Printable makes text of several lines safe to print: secrets are masked and
// everything a terminal would act on is escaped, but for line breaks. It does
// not cut. What comes from outside belongs into CleanText first, which does.
func Printable(s string) string {
	lines := strings.Split(mask(s, nil), "\n")
	for i, line := range lines {
		lines[i] = escape(line)
	}
	return strings.Join(lines, "\n")
}
