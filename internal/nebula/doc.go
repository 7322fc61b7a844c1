// Package nebula is a client of the Nebula Block Platform API. It knows
// nothing of Terraform.
//
// # The API in one page
//
// What follows is what the vendor's public documentation says (its site and
// its documentation repository, November 2024 to September 2025). Where two
// pages contradict each other the client works under both readings.
//
// Every answer is a JSON object with "status" ("success" or "failed"),
// "message" (for people) and mostly "data". The HTTP status codes of errors
// are not documented: an error arrives as a 4xx or 5xx, or as a 200 whose
// status is "failed".
//
// Authentication is "Authorization: Bearer <credential>" with an API key
// ("ak_...", does not expire) or with an access token (a JWT, valid for two
// hours) from POST /login. The documentation of the login names a form
// encoding and shows a JSON body, so both are tried.
//
//	POST   /api-keys       name, description -> id, key, name, description
//	GET    /api-keys       -> array of id, name, description, partial_key_data
//	DELETE /api-keys/{id}  -> {}
//
// The secret ("key") is shown once, in the answer to the create. There is no
// get by id, no update, no expiry, no creation time, no paging and no
// idempotency key. The list answers as /api-keys (reference until May 2025),
// /api_keys (reference since) or /keys (the vendor's tool-server since June
// 2025): the client finds the spelling that this account's API knows and
// remembers it. An id is an integer in the reference and was a UUID for a
// while: it is opaque here. partial_key_data is the same for all keys. Nothing
// says that names are unique.
//
// # What a failure means
//
// The important question after a failed call is whether the server may have
// acted, so every [*APIError] has a [Class]: NotSent, Refused or Ambiguous.
// The client retries only what that class makes safe, and never a create that
// may have happened.
package nebula
