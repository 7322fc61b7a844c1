package listing

import (
	"context"
	"slices"
	"time"
)

// Look is a list with the reason for looking at it.
type Look[Row any] struct {
	list *List[Row]
	// begun is when the list may have begun at the earliest, and failed the
	// same of the end of one that failed; zero accepts no earlier failure.
	begun, failed time.Time
	// managed says that the objects that are looked for are managed ones.
	managed bool
}

// ForRefresh is for the refresh of managed resources, which comes before all
// changes of a run. It accepts a list of up to five minutes.
func (l *List[Row]) ForRefresh() Look[Row] {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refreshed = true
	now := l.clock.Now()
	return Look[Row]{list: l, begun: now.Add(-refreshAge), failed: now.Add(-failureAge), managed: true}
}

// ForRead is for data sources and whatever else may run among changes. It
// accepts a list of three seconds, and in a plan one of thirty, so that data
// sources that are read one after the other in a long plan share a list too. A
// process that has refreshed and never written is a plan: Terraform configures
// the provider again for an apply, which refreshes nothing.
func (l *List[Row]) ForRead() Look[Row] {
	l.mu.Lock()
	defer l.mu.Unlock()
	age := readAge
	switch {
	case l.steady:
		age = refreshAge
	case l.refreshed && l.writes == 0:
		age = planAge
	}
	now := l.clock.Now()
	return Look[Row]{list: l, begun: now.Add(-age), failed: now.Add(-failureAge)}
}

// Within accepts a list of up to that age, even of a Steady list: for those who
// are about to pay for what it shows, many of them at once.
func (l *List[Row]) Within(age time.Duration) Look[Row] {
	now := l.clock.Now()
	return Look[Row]{list: l, begun: now.Add(-age), failed: now.Add(-failureAge)}
}

// Now is for those who are about to act on what they see: it accepts only a
// list that begins from now on, and no earlier failure.
func (l *List[Row]) Now() Look[Row] {
	return Look[Row]{list: l, begun: l.clock.Now()}
}

// All gives all rows.
func (k Look[Row]) All(ctx context.Context) ([]Row, error) {
	s, err := k.list.since(ctx, k.begun, k.failed)
	if err != nil {
		return nil, err
	}
	return slices.Clone(s.rows), nil
}
