package tfkit

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// daysFirst takes the weeks and days off the front of a duration.
var daysFirst = regexp.MustCompile(`^([+-]?)(?:([0-9]+)w)?(?:([0-9]+)d)?(.*)$`)

// ParseDuration reads a duration: one of Go's, such as "90m" or "720h", or one
// that begins with whole weeks or days, such as "4w", "30d" or "1d12h". A day
// has 24 hours.
func ParseDuration(s string) (time.Duration, error) {
	fault := fmt.Errorf("%q is not a duration: give a Go duration such as \"720h\" or \"90m\", or days or weeks such as \"30d\" or \"4w\"", s)
	parts := daysFirst.FindStringSubmatch(s)
	if parts == nil {
		return 0, fault
	}
	sign, rest := parts[1], parts[4]
	var hours string
	for i, unit := range []int{7 * 24, 24} {
		if parts[i+2] == "" {
			continue
		}
		n, err := strconv.Atoi(parts[i+2])
		if err != nil || n > 1e9 {
			return 0, fault
		}
		hours += strconv.Itoa(n*unit) + "h"
	}
	// Go adds up whatever units a duration has, and refuses one that is too
	// long.
	d, err := time.ParseDuration(sign + hours + rest)
	if err != nil {
		return 0, fault
	}
	return d, nil
}

// Duration accepts what ParseDuration reads.
func Duration() validator.String {
	return Check("must be a duration", "Invalid duration", func(s string) error {
		_, err := ParseDuration(s)
		return err
	})
}
