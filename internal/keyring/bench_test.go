package keyring

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// benchKeys are keys as the API lists them, half of them with a marker.
func benchKeys(b *testing.B, n int) []nebula.APIKey {
	b.Helper()
	keys := make([]nebula.APIKey, n)
	for i := range keys {
		description := "made by hand"
		if i%2 == 0 {
			description = MarkDescription("made by Terraform", benchToken(b, i))
		}
		keys[i] = nebula.APIKey{ID: nebula.ID(fmt.Sprint(i)), Name: fmt.Sprintf("key-%d", i), Description: &description}
	}
	return keys
}

func benchToken(b *testing.B, i int) string {
	b.Helper()
	token, err := NewToken(time.Date(2026, 11, 22, 1, 56, 0, 0, time.UTC), strings.NewReader(fmt.Sprintf("%010d", i)))
	if err != nil {
		b.Fatal(err)
	}
	return token
}

// Finding what an ambiguous create left among ten thousand keys.
func BenchmarkMatchAttempt(b *testing.B) {
	rows := benchKeys(b, 10_000)
	never := func(nebula.ID) bool { return false }
	a := attempt{spec: Spec{Name: "key-7776"}, token: benchToken(b, 7776), before: never, taken: never}
	b.ReportAllocs()
	for b.Loop() {
		if m := matchAttempt(rows, a); len(m.own) != 1 {
			b.Fatal(m)
		}
	}
}

// Giving all keys to a data source.
func BenchmarkKeyOf(b *testing.B) {
	rows := benchKeys(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range rows {
			keyOf(row)
		}
	}
}

func BenchmarkSplitMarker(b *testing.B) {
	marked := MarkDescription("made by Terraform", benchToken(b, 1))
	for name, description := range map[string]string{"marked": marked, "plain": "a description without any marker"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				SplitMarker(description)
			}
		})
	}
}
