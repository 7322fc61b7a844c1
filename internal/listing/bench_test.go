package listing

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

func benchList(n int) *List[thing] {
	rows := make([]thing, n)
	for i := range rows {
		rows[i] = thing{ID: nebula.ID(fmt.Sprint(i)), Name: fmt.Sprintf("thing-%d", i)}
	}
	return New(Options[thing]{
		Clock: clock.NewFake(time.Date(2026, 11, 23, 1, 56, 0, 0, time.UTC)), Words: testWords,
		ID:    func(row thing) nebula.ID { return row.ID },
		Fetch: func(context.Context) ([]thing, string, error) { return rows, "/things", nil },
	})
}

// Looking one object up among ten thousand, as each read of a plan does.
func BenchmarkFindByID(b *testing.B) {
	l := benchList(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.ForRefresh().Find(b.Context(), byID("7777")); err != nil {
			b.Fatal(err)
		}
	}
}

// Looking for an object by its sign.
func BenchmarkFindBySign(b *testing.B) {
	l := benchList(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.ForRefresh().Find(b.Context(), byName("thing-7777")); err != nil {
			b.Fatal(err)
		}
	}
}

// Taking a new list over while a thousand objects of this process are not in it.
func BenchmarkFetch(b *testing.B) {
	l := benchList(10_000)
	for i := range 1000 {
		l.Created(thing{ID: nebula.ID(fmt.Sprint(20_000 + i))})
	}
	b.ReportAllocs()
	for b.Loop() {
		l.MayHaveChanged()
		if _, err := l.Now().All(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
