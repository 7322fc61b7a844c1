package fakenebula

import "fmt"

// Reading is one way to understand the sources about the API, which contradict
// each other. It sets every knob that is left at its zero value.
type Reading string

const (
	// Reading2024 is the vendor's reference: every answer in an envelope. It is
	// the default.
	Reading2024 Reading = "2024"
	// Reading2025 is what the vendor's own tests of 2025 call and expect, with
	// refusals as {"detail": ...}.
	Reading2025 Reading = "2025"
)

// Readings are all readings, the default first.
func Readings() []Reading { return []Reading{Reading2024, Reading2025} }

// ParseReading is the reading of that name.
func ParseReading(name string) (Reading, error) {
	for _, r := range Readings() {
		if string(r) == name {
			return r, nil
		}
	}
	return "", fmt.Errorf("%q is no reading of the API; those are %v", name, Readings())
}

// Choice is a knob that is on or off, or as the reading has it.
type Choice int

// What a Choice can be.
const (
	AsRead Choice = iota
	Yes
	No
)

// or is the choice, or what the reading says when nothing was chosen.
func (c Choice) or(read bool) Choice {
	switch {
	case c != AsRead:
		return c
	case read:
		return Yes
	default:
		return No
	}
}

// pick is the value for the reading.
func pick[T any](r Reading, of2024, of2025 T) T {
	if r == Reading2025 {
		return of2025
	}
	return of2024
}
