package nebula

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"testing"
)

// offsetKind is what a modelled API takes offset for.
type offsetKind int

const (
	byRows offsetKind = iota
	byPageFromZero
	// byPageFromOne takes page 0 for the first one too.
	byPageFromOne
	// byPageFromOneStrictly refuses page 0, byPageFromOneOrNone has nothing
	// there, and byPageFromOneOrBreak breaks down.
	byPageFromOneStrictly
	byPageFromOneOrNone
	byPageFromOneOrBreak
	// notAtAll gives all rows whatever is asked.
	notAtAll
	// limitOnly looks at limit and not at offset.
	limitOnly
	offsetKinds
)

// totalKind is what it says of the number of rows.
type totalKind int

const (
	totalRight totalKind = iota
	totalAbsent
	totalOne      // always 1, as in the reference's example
	totalTooSmall // one less than there are
	totalTooLarge
	totalOfPage // the number of rows on the page
	totalKinds
)

// modelled is an API that holds n rows.
type modelled struct {
	n       int
	offset  offsetKind
	total   totalKind
	most    int // rows of a page whatever is asked, 0 for no such cap
	refuses int // limits above it are refused, 0 for none
	asked   int
}

func (m *modelled) String() string {
	return fmt.Sprintf("%d rows, offset %d, total %d, cap %d, refuses above %d", m.n, m.offset, m.total, m.most, m.refuses)
}

func (m *modelled) ask(_ context.Context, limit, offset int) (page[int], error) {
	m.asked++
	if m.refuses > 0 && limit > m.refuses {
		return page[int]{}, &APIError{Status: http.StatusUnprocessableEntity, Class: Refused}
	}
	if m.most > 0 {
		limit = min(limit, m.most)
	}
	begin := offset
	switch m.offset {
	case byPageFromZero:
		begin = offset * limit
	case byPageFromOne:
		begin = (max(offset, 1) - 1) * limit
	case byPageFromOneStrictly, byPageFromOneOrBreak, byPageFromOneOrNone:
		begin = (offset - 1) * limit
		if begin < 0 {
			switch m.offset {
			case byPageFromOneStrictly:
				return page[int]{}, &APIError{Status: http.StatusBadRequest, Class: Refused}
			case byPageFromOneOrBreak:
				return page[int]{}, &APIError{Status: http.StatusInternalServerError}
			default:
				begin = m.n
			}
		}
	case notAtAll:
		begin, limit = 0, m.n
	case limitOnly:
		begin = 0
	default:
	}
	begin = min(begin, m.n)
	end := min(begin+limit, m.n)
	var p page[int]
	for i := begin; i < end; i++ {
		p.rows = append(p.rows, i)
	}
	p.total = [totalKinds]int{m.n, noTotal, 1, max(0, m.n-1), m.n + 3, len(p.rows)}[m.total]
	return p, nil
}

func rowKey(i int) string { return strconv.Itoa(i) }

// TestPagerNeverTakesAPartForTheWhole reads every modelled API, again and with
// what was learned from another number of rows.
func TestPagerNeverTakesAPartForTheWhole(t *testing.T) {
	t.Parallel()
	succeeded := 0
	for offset := range offsetKinds {
		for total := range totalKinds {
			for _, most := range []int{0, 100, 50, 10} {
				for _, refuses := range []int{0, 50, 10} {
					var habit pagingHabit
					for _, n := range []int{0, 1, 9, 10, 11, 49, 50, 51, 99, 100, 101, 199, 200, 250} {
						m := &modelled{n: n, offset: offset, total: total, most: most, refuses: refuses}
						for _, known := range []pagingHabit{{}, habit} {
							p := pager[int]{ask: m.ask, key: rowKey, habit: known}
							rows, err := p.read(t.Context())
							mustBeWhole(t, m, rows, err)
							if err == nil {
								succeeded++
								habit = p.habit
							}
						}
					}
				}
			}
		}
	}
	if succeeded < 3000 {
		t.Errorf("only %d lists could be read", succeeded)
	}
}

func mustBeWhole(t *testing.T, m *modelled, rows []int, err error) {
	t.Helper()
	if err == nil && len(rows) != m.n && !m.blind() {
		t.Errorf("%v: %d rows pass for all", m, len(rows))
	}
	if err == nil && !slices.IsSorted(rows) {
		t.Errorf("%v: the rows are not in order", m)
	}
	if err != nil && m.readable() {
		t.Errorf("%v: %v", m, err)
	}
	if m.asked > 200 {
		t.Errorf("%v: %d questions", m, m.asked)
	}
}

// blind says that the first page tells of no further rows, and that nobody who
// believes a total that fits would ask, or that asking shows the same page.
func (m *modelled) blind() bool {
	limit := 100
	if m.refuses > 0 {
		limit = m.refuses
	}
	first, err := m.ask(context.Background(), limit, 0)
	if err != nil {
		first, _ = m.ask(context.Background(), limit, 1)
	}
	if first.total == len(first.rows) && (len(first.rows) < limit || m.offset == limitOnly) {
		return true
	}
	return m.offset == limitOnly && len(first.rows) < limit && (m.total == totalAbsent || m.total == totalOne)
}

// readable says that the list must be read without an error.
func (m *modelled) readable() bool {
	if m.total == totalTooLarge || m.total == totalOne && m.n == 0 {
		return false
	}
	switch m.offset {
	case limitOnly:
		return false
	case byPageFromOneOrBreak, byPageFromOneStrictly:
		// Only a total proves that rows before the first page were not missed.
		return m.total == totalRight
	case notAtAll:
		// A hundred rows and no reliable total look like the first page of more.
		return m.total == totalRight
	default:
		return true
	}
}

// TestPagerAsksLittle: what a list costs, first when nothing is known of the
// API, then when a list of 250 rows has shown what offset is.
func TestPagerAsksLittle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n           int
		offset      offsetKind
		total       totalKind
		first, then int
	}{
		{0, byRows, totalRight, 1, 1},
		{42, byRows, totalRight, 1, 1},
		{100, byRows, totalRight, 4, 2},
		{120, byRows, totalRight, 2, 2},
		{250, byRows, totalRight, 3, 3},
		{1000, byRows, totalRight, 11, 11},
		{120, byPageFromZero, totalRight, 3, 2},
		{120, byPageFromOne, totalRight, 4, 2},
		{42, byRows, totalAbsent, 4, 4},
		{2, byRows, totalOne, 3, 3},
	} {
		m := &modelled{n: 250, offset: test.offset, total: test.total}
		learned := pager[int]{ask: m.ask, key: rowKey}
		if _, err := learned.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, read := range []struct {
			habit pagingHabit
			want  int
		}{{pagingHabit{}, test.first}, {learned.habit, test.then}} {
			m := &modelled{n: test.n, offset: test.offset, total: test.total}
			p := pager[int]{ask: m.ask, key: rowKey, habit: read.habit}
			if rows, err := p.read(t.Context()); err != nil || len(rows) != test.n {
				t.Errorf("%v: %d rows, %v", m, len(rows), err)
			}
			if m.asked != read.want {
				t.Errorf("%v: %d questions with %+v, want %d", m, m.asked, read.habit, read.want)
			}
		}
	}
}

// TestPagerNewest stops as soon as it has what is wanted.
func TestPagerNewest(t *testing.T) {
	t.Parallel()
	for offset := range byPageFromOneOrBreak {
		for _, newest := range []int{1, 2, 10, 99, 100, 101, 150, 300} {
			m := &modelled{n: 250, offset: offset, total: totalRight}
			p := pager[int]{ask: m.ask, key: rowKey, newest: newest}
			rows, err := p.read(t.Context())
			if want := min(newest, 250); err != nil || len(rows) != want || rows[0] != 0 || rows[want-1] != want-1 {
				t.Errorf("the newest %d of %v: %d rows, %v", newest, m, len(rows), err)
			}
			if newest <= 100 && offset == byRows && m.asked != 1 {
				t.Errorf("the newest %d: %d questions", newest, m.asked)
			}
		}
	}
}

// TestPagerSaysWhatIsMissing in the error.
func TestPagerSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for want, ask := range map[string]func(context.Context, int, int) (page[int], error){
		"got 100 of 143 rows": func(ctx context.Context, limit, offset int) (page[int], error) {
			p, err := (&modelled{n: 100}).ask(ctx, limit, offset)
			p.total = 143
			return p, err
		},
		"got 100 of 250 rows": (&modelled{n: 250, offset: limitOnly}).ask,
		"got 100 rows, and there are more": func(ctx context.Context, limit, offset int) (page[int], error) {
			p, err := (&modelled{n: 100, total: totalAbsent}).ask(ctx, limit, offset)
			p.more = true
			return p, err
		},
		"it changes while it is read": func() func(context.Context, int, int) (page[int], error) {
			m := &modelled{n: 250}
			return func(ctx context.Context, limit, offset int) (page[int], error) {
				m.n++
				return m.ask(ctx, limit, offset)
			}
		}(),
	} {
		p := pager[int]{ask: ask, key: rowKey}
		rows, err := p.read(t.Context())
		if rows != nil || err == nil || err.Error() != want {
			t.Errorf("got %d rows, %v; want %q", len(rows), err, want)
		}
	}
}

// TestPagerBeginsAnewOnce when the list changed while it was read.
func TestPagerBeginsAnewOnce(t *testing.T) {
	t.Parallel()
	m := &modelled{n: 250}
	p := pager[int]{key: rowKey, ask: func(ctx context.Context, limit, offset int) (page[int], error) {
		if m.asked == 1 {
			m.n = 149 // row 100 has moved up to the first page
		}
		return m.ask(ctx, limit, offset)
	}}
	rows, err := p.read(t.Context())
	if err != nil || len(rows) != 149 || m.asked != 4 {
		t.Errorf("%d rows after %d questions, %v", len(rows), m.asked, err)
	}
}

// TestPagerUnderChanges lets rows come, or go, between questions. A row that was
// there all the time must be in every list that passes for whole.
func TestPagerUnderChanges(t *testing.T) {
	t.Parallel()
	whole := 0
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 1))
		live, next := []int{}, 0
		for range random.IntN(300) {
			live = append(live, next)
			next++
		}
		always := map[int]bool{}
		for _, row := range live {
			always[row] = true
		}
		offset, most := offsetKind(random.IntN(3)), []int{0, 50, 10}[random.IntN(3)]
		grows := random.IntN(2) == 0
		p := pager[int]{key: rowKey, ask: func(ctx context.Context, limit, at int) (page[int], error) {
			if random.IntN(4) == 0 {
				switch {
				case grows && random.IntN(2) == 0:
					live = append(live, next)
				case grows:
					live = slices.Insert(live, 0, next)
				case len(live) > 0:
					gone := random.IntN(len(live))
					delete(always, live[gone])
					live = slices.Delete(live, gone, gone+1)
				}
				next++
			}
			m := &modelled{n: len(live), offset: offset, most: most}
			answer, err := m.ask(ctx, limit, at)
			for i, place := range answer.rows {
				answer.rows[i] = live[place]
			}
			return answer, err
		}}
		rows, err := p.read(t.Context())
		if err != nil {
			continue
		}
		whole++
		for row := range always {
			if !slices.Contains(rows, row) {
				t.Fatalf("seed %d: a list of %d rows lacks row %d, which was there all the time", seed, len(rows), row)
			}
		}
	}
	if whole < 500 {
		t.Errorf("only %d lists could be read", whole)
	}
}

// TestPagerCountsRowsWithoutIDs, of which two may be the same.
func TestPagerCountsRowsWithoutIDs(t *testing.T) {
	t.Parallel()
	type payment struct{ Amount Number }
	for offset := range byPageFromOneStrictly {
		for _, total := range []totalKind{totalRight, totalAbsent} {
			for _, n := range []int{0, 1, 2, 99, 100, 101, 250} {
				m := &modelled{n: n, offset: offset, total: total}
				p := pager[payment]{ask: func(ctx context.Context, limit, at int) (page[payment], error) {
					numbers, err := m.ask(ctx, limit, at)
					answer := page[payment]{claims: numbers.claims}
					for _, i := range numbers.rows {
						answer.rows = append(answer.rows, payment{Number(strconv.Itoa(i - i%2))}) // two of each
					}
					return answer, err
				}}
				if rows, err := p.read(t.Context()); err != nil || len(rows) != n {
					t.Errorf("%v: %d rows, %v", m, len(rows), err)
				}
			}
		}
	}
}

// TestPagerPassesFailuresOn: a page that fails is no end of the list.
func TestPagerPassesFailuresOn(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 401, 403, 429, 502, 503} {
		for failing := 1; failing <= 3; failing++ {
			m := &modelled{n: 250}
			p := pager[int]{key: rowKey, ask: func(ctx context.Context, limit, at int) (page[int], error) {
				if m.asked == failing-1 {
					return page[int]{}, &APIError{Status: status}
				}
				return m.ask(ctx, limit, at)
			}}
			rows, err := p.read(t.Context())
			if rows != nil || !hasStatus(err, status) {
				t.Errorf("page %d answers %d: %d rows, %v", failing, status, len(rows), err)
			}
		}
	}
}

func FuzzPager(f *testing.F) {
	f.Add(uint16(250), uint8(0), uint8(0), uint8(100), uint8(0), uint8(0))
	f.Add(uint16(99), uint8(2), uint8(5), uint8(10), uint8(10), uint8(3))
	f.Add(uint16(239), uint8(1), uint8(2), uint8(3), uint8(22), uint8(0)) // the meaning that was learned last led past a page
	f.Fuzz(func(t *testing.T, n uint16, offset, total, most, refuses, newest uint8) {
		m := &modelled{
			n: int(n % 1000), offset: offsetKind(offset) % offsetKinds, total: totalKind(total) % totalKinds,
			most: int(most), refuses: max(10, int(refuses)),
		}
		p := pager[int]{ask: m.ask, key: rowKey, newest: int(newest)}
		rows, err := p.read(t.Context())
		if err != nil {
			return
		}
		want := m.n
		if newest > 0 {
			want = min(want, int(newest))
		}
		if len(rows) != want && !m.blind() && newest == 0 {
			t.Errorf("%v: %d rows pass for all", m, len(rows))
		}
	})
}

// TestPagerFindsOutThatItsHabitIsWrong: an API may be replaced by another one,
// and what was learned of the first leads past rows of the second.
func TestPagerFindsOutThatItsHabitIsWrong(t *testing.T) {
	t.Parallel()
	for offset := range offsetKinds {
		for _, total := range []totalKind{totalRight, totalAbsent} {
			for _, n := range []int{99, 100, 101, 150, 200, 250} {
				for _, wrong := range []meaning{rowsSoFar, pageFromZero, pageFromOne} {
					m := &modelled{n: n, offset: offset, total: total}
					p := pager[int]{ask: m.ask, key: rowKey, habit: pagingHabit{meaning: wrong}}
					rows, err := p.read(t.Context())
					mustBeWhole(t, m, rows, err)
				}
			}
		}
	}
}

// TestPagerDoesNotBelieveAFullPageBeforeRefusals: where every further page is
// refused and nothing says how many rows there are, a full page is not known to
// be all.
func TestPagerDoesNotBelieveAFullPageBeforeRefusals(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity} {
		for _, n := range []int{10, 50, 100} {
			m := &modelled{n: n, total: totalAbsent}
			p := pager[int]{key: rowKey, ask: func(ctx context.Context, limit, offset int) (page[int], error) {
				if offset > 0 {
					return page[int]{}, &APIError{Status: status, Class: Refused}
				}
				return m.ask(ctx, limit, offset)
			}}
			if rows, err := p.read(t.Context()); err == nil {
				t.Errorf("%d rows, then %d: %d rows, %v", n, status, len(rows), err)
			}
		}
	}
}
