package sshkey_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/rehearsal"
)

// many makes a configuration of n SSH keys.
func (s *stage) many(n int) *stage {
	s.Resources = nil
	for i := range n {
		s.Resources = append(s.Resources, rehearsal.Block(fmt.Sprintf("nebula_ssh_key.k%d", i), args(fmt.Sprintf("key-%d", i), line(i))))
	}
	return s
}

// requests counts the requests since the last look, by operation.
func (s *stage) requests() map[fakenebula.Operation]int {
	all := map[fakenebula.Operation]int{}
	for _, r := range s.API.Journal() {
		all[r.Operation]++
	}
	s.API.ResetJournal()
	return all
}

// A plan costs the pages of one list, however many SSH keys there are; creating
// and deleting cost a request for each, and a list.
func TestRequests(t *testing.T) {
	t.Parallel()
	for n, pages := range map[int]int{1: 1, 201: 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{}).many(n)
			expect := func(step string, want map[fakenebula.Operation]int) {
				t.Helper()
				if got := s.requests(); !mapsEqual(got, want) {
					t.Errorf("%s: %v, want %v", step, got, want)
				}
			}
			s.Apply().Expect(0)
			expect("create", map[fakenebula.Operation]int{opList: 1, opCreate: n})
			s.Plan().Expect(0)
			expect("plan", map[fakenebula.Operation]int{opList: pages})
			s.Destroy().Expect(0)
			expect("destroy", map[fakenebula.Operation]int{opList: pages, opDelete: n})
			s.holds()
		})
	}
}

func mapsEqual(a, b map[fakenebula.Operation]int) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// All 120 are seen, whatever offset means and whatever the total says, as long
// as the list can be read to its end.
func TestPages(t *testing.T) {
	t.Parallel()
	const n = 120
	for name, paging := range map[string]fakenebula.Paging{
		"offset is rows":                      {},
		"offset is pages from 0":              {Offset: fakenebula.OffsetPagesFromZero},
		"offset is pages from 1":              {Offset: fakenebula.OffsetPagesFromOne},
		"capped":                              {MaxLimit: 30},
		"capped, pages from 0":                {MaxLimit: 30, Offset: fakenebula.OffsetPagesFromZero},
		"limit refused":                       {MaxLimit: 50, RefuseLimit: true},
		"total too small":                     {Total: fakenebula.TotalTooSmall},
		"total too small, pages from 0":       {Total: fakenebula.TotalTooSmall, Offset: fakenebula.OffsetPagesFromZero},
		"total too small, pages from 1":       {Total: fakenebula.TotalTooSmall, Offset: fakenebula.OffsetPagesFromOne},
		"no total":                            {Total: fakenebula.TotalAbsent},
		"no total, capped and pages from one": {Total: fakenebula.TotalAbsent, MaxLimit: 30, Offset: fakenebula.OffsetPagesFromOne},
	} {
		for _, reading := range fakenebula.Readings() {
			t.Run(string(reading)+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, fakenebula.Options{Reading: reading, Pages: paging})
				var want []string
				for i := range n {
					want = append(want, s.API.AddSSHKey("k", line(i)))
				}
				if got := s.data("nebula_ssh_keys", nil).Texts("ids"); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
					t.Errorf("%d SSH keys, want %d", len(got), n)
				}
			})
		}
	}
}

// A total that is never reached is an error, and nothing is gone.
func TestTotalIsNeverReached(t *testing.T) {
	t.Parallel()
	for _, reading := range fakenebula.Readings() {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, fakenebula.Options{Reading: reading, Pages: fakenebula.Paging{Total: fakenebula.TotalTooLarge}}).many(3)
			s.Apply().Expect(0)
			s.API.DeleteSSHKey("2")
			s.Plan().Expect(1, "the list cannot be read to its end: got 2 of 7 rows")
			s.Apply("-refresh-only").Expect(1)
			if len(s.Stored()) != 3 {
				t.Errorf("the state holds %d SSH keys", len(s.Stored()))
			}
		})
	}
}
