// Package apikeyhandover offers the resource nebula_api_key_handover: the last
// step of a rotation, below whatever publishes the new key. It records which
// generation has arrived, and ends the previous key once that is due.
//
// As with the rotation itself, a read notes what is due, and the plan is a
// function of configuration, state and that note.
package apikeyhandover
