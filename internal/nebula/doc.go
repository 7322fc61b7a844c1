// Package nebula is a client of the Nebula Block Platform API. It knows
// nothing of Terraform.
//
// # The API in one page
//
// What follows comes from public sources only; nobody has asked the live API.
// The sources contradict each other, so the client works under each reading and
// sees by itself which one holds. Their weight, the strongest first: D, the
// vendor's reference (its documentation repository, November 2024 to September
// 2025). T, the vendor's tool server (June 2025). Q, the tests of the vendor's
// QA (2025). I, inferred. The two readings that differ most are named after
// their years: "2024" is the reference, "2025" is what QA's tests call.
//
// A success is a JSON object with "status": "success", "message" (for people)
// and mostly "data" [D]. A refusal, after which the server has done nothing,
// comes as any of:
//
//   - that object with "status": "failed", as HTTP 200 or as a 4xx [D];
//   - a 4xx with "detail": a text, or a list of {loc, msg, input}, where loc ends
//     in the name of a field [Q]. input repeats what was sent and is not read;
//   - a 4xx with "message" and no "status" [Q].
//
// Besides, 401, 403, 404, 405 and 429 are refusals whoever sends them. HTML,
// other JSON and every 5xx prove nothing. An answer in which an object has two
// members of one name is unusable.
//
// Authentication is "Authorization: Bearer <credential>" with an API key
// ("ak_..." [D] or "sk-..." [Q], does not expire) or with an access token (a JWT,
// valid for two hours) from POST /login [D]. The reference of the login names a
// form encoding and shows a JSON body; QA logs in with the form. The form is
// tried first.
//
//	2024                        2025
//	POST   /api-keys            POST   /keys        name, description, team_id -> id, key, ...
//	GET    /api-keys, /api_keys GET    /keys        -> array of rows
//	DELETE /api-keys/{id}       DELETE /keys/{id}
//
// Rows of 2024 hold id, name, description and partial_key_data, which is the
// same for all keys. Rows of 2025 hold id, name, key, status (1 active, 2 not),
// created_at (UNIX seconds) and team, and are not known to hold a description.
// Whether their key is whole is not known, so it is hashed as it is read and
// kept nowhere. Absent is not empty: a field that a row lacks says nothing.
//
// The secret ("key") is shown once, in the answer to the create. There is no get
// by id, no expiry, no paging of keys and no idempotency key. An id is an
// integer [D], was a UUID for a while, and is "int or string" in QA's tests: it
// is opaque here. Nothing says that names are unique, and nothing says that they
// are not. DELETE /api_keys/{id} was reported not to delete [T].
//
// A 404 or 405 can mean the route or the object. To a create and a read it means
// the route, and the next spelling is tried; after a delete a list must decide.
// What answered is remembered, each kind of call by itself.
//
// Lists with pages take limit and offset. offset is a number of rows [D] or of a
// page, counted from 0 or from 1 (the vendor's console, [Q]). Totals can be too
// small (1 beside two rows, [D]), and the largest limit is not known. The pager
// finds out by what the pages hold. A list that cannot be read to its end is an
// error, never a short list.
//
// Some calls change things with a GET (start, stop and reboot of machines [D]).
// They go out on connections of their own, because net/http sends a GET again
// when a connection breaks that was used before.
//
// # What a failure means
//
// The important question after a failed call is whether the server may have
// acted, so every [*APIError] has a [Class]: NotSent, Refused or Ambiguous.
// The client retries only what that class makes safe, and never a create that
// may have happened.
//
// # Where to find what
//
// A thing is a file of its types and calls, such as apikeys.go. Its calls are
// made of the helpers in verbs.go and lists.go. Below them: call.go says what a
// call is, loop.go sends it until decide.go says otherwise, exchange.go is one
// try, answer.go and refusal.go read its answer. pager.go reads lists in pages.
// knowledge.go remembers what this API has shown.
package nebula
