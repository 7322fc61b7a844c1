// Package exclusiveinstances offers the resource nebula_instances_exclusive: no
// machine exists besides those that a configuration allows.
//
// It deletes only what a plan has named. Terraform plans a change twice, the
// second time while applying, when more is known, and does not tell the
// provider what the first plan said. So what may be deleted must not depend on
// anything that can become known in between: every plan of an update empties
// the map of unmanaged machines, whatever the arguments are, and the apply
// deletes of the machines in that map those that the arguments, known by then,
// do not spare.
package exclusiveinstances
