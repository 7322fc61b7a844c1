// Package rehearsal is Terraform's core in process, for tests. It drives a
// provider through the plugin protocol as the command line does, and holds it
// to the same rules, without a process, a socket or a file: a command takes
// milliseconds, so tests can try thousands of courses of events.
//
// A Workspace is a configuration with its state. Plan, Apply, Destroy, Import
// and Move are commands on it; each runs the provider in a Process of its own,
// which a test can interrupt or kill. Several workspaces can work at once. What
// a command says, and which rules of Terraform's the provider broke, is in its
// Report.
//
// A Suite plays many schedules, each of which follows from a seed: Run in every
// test run, Soak at length, Catch to show that a rule which is broken on purpose
// is noticed, and Repeat to show that a seed tells the whole story.
//
// Nothing here knows any resource by name. What Terraform does and this package
// does not: expressions and modules, ignore_changes and prevent_destroy, actions
// and list resources, and nested blocks in collections, which are taken from the
// configuration as they are.
package rehearsal
