package exclusivekit

import "github.com/nebulablock/terraform-provider-nebula/internal/nebula"

// Named maps ids of objects to what the map unmanaged shows of them.
type Named map[nebula.ID]string

// Only gives the objects of which a test holds.
func (n Named) Only(holds func(id nebula.ID, shown string) bool) Named {
	some := Named{}
	for id, shown := range n {
		if holds(id, shown) {
			some[id] = shown
		}
	}
	return some
}

// Judge tells what has become of the objects that a plan has named, by a list of
// now. What is gone or spared is not left. Of what is left, an object that is not
// the same as the plan showed is not what somebody agreed to: it is changed, and
// must not be deleted.
func Judge[Row any](named Named, listed []Row, id func(Row) nebula.ID, spared, same func(row Row, shown string) bool) (left Named, doomed, changed []Row) {
	left = Named{}
	for _, row := range listed {
		shown, ok := named[id(row)]
		if !ok || spared(row, shown) {
			continue
		}
		left[id(row)] = shown
		if same(row, shown) {
			doomed = append(doomed, row)
		} else {
			changed = append(changed, row)
		}
	}
	return left, doomed, changed
}
