package acctest

import (
	"fmt"
	"os"
	"regexp"
	"time"
)

const nameTimeFormat = "20060102T150405Z"

// Name is a name for an object that tells where it comes from, and when, should
// it be left over in a real account. See NameTime.
func (w *World) Name(name string) string {
	if w.Live() {
		return fmt.Sprintf("tf-acc-%s-%s-%d", name, w.began.UTC().Format(nameTimeFormat), os.Getpid())
	}
	return "tf-acc-" + name
}

var timedName = regexp.MustCompile(`^tf-acc-.*-(\d{8}T\d{6}Z)-\d+$`)

// NameTime is when a test against a real account made a name; ok is false for
// any other name.
func NameTime(name string) (made time.Time, ok bool) {
	parts := timedName.FindStringSubmatch(name)
	if parts == nil {
		return time.Time{}, false
	}
	made, err := time.Parse(nameTimeFormat, parts[1])
	return made, err == nil
}
