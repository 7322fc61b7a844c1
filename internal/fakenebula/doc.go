// Package fakenebula is a stand-in for the Nebula Block Platform API. It keeps
// objects, checks credentials, journals every request and misbehaves when told.
//
// It speaks the literal JSON of the vendor's documentation and shares no type
// with the client in internal/nebula: were a field name wrong on both sides,
// the mistake would cancel out and every test would be green.
//
// A Server is an http.Handler. Start puts it on a port; Transport reaches it
// without sockets, so that tens of thousands of runs take seconds.
//
// # Adding a thing
//
// A thing is one kind of object that the API manages. It is a file of its own
// with its routes, rows, knobs and direct methods, and a line in contents.go
// (two, when it has knobs). No other file knows it.
//
//   - A struct of the thing's fields, kept in a store: newStore(server, kind)
//     gives ids, the time of creation and deletion with who did it, hiding of
//     new objects (Options.HideNewFor) and one list per account. What a store
//     holds is in Server.Live and Server.Ledger, so acceptance tests can count
//     it at once.
//   - routes, which say the operation, and with "changes: true" that a call
//     changes something: acceptance tests then count it. Routes that the API
//     has in one reading only say "absent: true" in the other.
//   - Handlers that take a call and the present instant and return an Answer,
//     with succeeded, Server.refuse and Server.refuseField. The state is locked
//     while they run. call.decode reads a body strictly, call.note adds a fact
//     to the journal, Server.stored is what becomes of a text, Server.idJSON
//     writes an id, paged cuts a list into pages, store.shown is what a list
//     shows to this caller.
//   - The payloads of testdata/examples.json that are about it become vectors
//     (vectors, in shape_test.go), and the words that belong to it alone an
//     entry of words_test.go.
//   - A knob is a field of the thing's options whose zero value means "as the
//     reading has it". A method sets the zero ones for a Reading.
package fakenebula
