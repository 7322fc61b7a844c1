package acctest

import (
	"hash/fnv"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// EnvReading forces a reading of the API, "2024" or "2025", on all tests that
// are not about one.
const EnvReading = "NEBULA_TEST_API"

// spread runs each test in one of the readings, chosen by its name. While it is
// false, all run in the default one.
const spread = true

// chooseReading is the reading of the API in which a test runs. What the test
// is about beats what is forced on all.
func chooseReading(test string, pinned fakenebula.Reading, forced string, spread bool) (fakenebula.Reading, error) {
	all := fakenebula.Readings()
	switch {
	case pinned != "":
		return pinned, nil
	case forced != "":
		return fakenebula.ParseReading(forced)
	case !spread:
		return all[0], nil
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(test)) // never fails, by its documentation
	return all[int(hash.Sum32())%len(all)], nil
}

// ownSecret is the provider's credential in a reading.
func ownSecret(r fakenebula.Reading) string {
	const secret = "test-own-key-0123456789abcdef"
	if r == fakenebula.Reading2025 {
		return "sk-" + secret
	}
	return "ak_" + secret
}
