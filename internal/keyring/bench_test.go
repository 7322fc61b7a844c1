package keyring

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// benchKeys are keys as the API lists them, half of them with a marker.
func benchKeys(b *testing.B, n int) []nebula.APIKeyInfo {
	b.Helper()
	keys := make([]nebula.APIKeyInfo, n)
	for i := range keys {
		keys[i] = nebula.APIKeyInfo{ID: nebula.ID(fmt.Sprint(i)), Name: fmt.Sprintf("key-%d", i), Description: "made by hand"}
		if i%2 == 0 {
			keys[i].Description = MarkDescription("made by Terraform", benchToken(b, i))
		}
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

func benchKeeper(keys []nebula.APIKeyInfo) *Keeper {
	c := clock.NewFake(time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC))
	v := newView(nil, c)
	v.list = func(context.Context) ([]nebula.APIKeyInfo, error) { return keys, nil }
	return &Keeper{clock: c, view: v, marker: true, match: matchMarker}
}

// Looking one key up among ten thousand, as each read of a plan does.
func BenchmarkFindByID(b *testing.B) {
	keeper := benchKeeper(benchKeys(b, 10_000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keeper.Find(b.Context(), Ref{ID: "7777"}, RefreshAge); err != nil {
			b.Fatal(err)
		}
	}
}

// Looking for the marker of a key whose id is not known.
func BenchmarkFindByToken(b *testing.B) {
	keeper := benchKeeper(benchKeys(b, 10_000))
	ref := Ref{Token: benchToken(b, 7776)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keeper.Find(b.Context(), ref, RefreshAge); err != nil {
			b.Fatal(err)
		}
	}
}

// Finding what an ambiguous create left among ten thousand keys.
func BenchmarkReconcile(b *testing.B) {
	keeper := benchKeeper(benchKeys(b, 10_000))
	token := benchToken(b, 7776)
	b.ReportAllocs()
	for b.Loop() {
		ids, err := keeper.reconcile(b.Context(), Spec{Name: "key-7776"}, token)
		if err != nil || len(ids) != 1 {
			b.Fatal(ids, err)
		}
	}
}

// Giving all keys to a data source.
func BenchmarkList(b *testing.B) {
	keeper := benchKeeper(benchKeys(b, 10_000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keeper.List(b.Context(), RefreshAge); err != nil {
			b.Fatal(err)
		}
	}
}

// Taking a new list over while a thousand keys of this process are not in it.
func BenchmarkKeepSnapshot(b *testing.B) {
	keys := benchKeys(b, 10_000)
	v := benchKeeper(keys).view
	for i := range 1000 {
		v.wroteKey(nebula.APIKeyInfo{ID: nebula.ID(fmt.Sprint(20_000 + i))})
	}
	b.ReportAllocs()
	for b.Loop() {
		v.mu.Lock()
		v.keep(&snapshot{began: v.clock.Now(), keys: slices.Clip(keys)})
		v.mu.Unlock()
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
