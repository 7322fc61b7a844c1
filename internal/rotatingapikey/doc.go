// Package rotatingapikey offers the resource nebula_rotating_api_key: a key
// that is renewed in place, and whose predecessor stays valid for a while.
//
// Time enters in two places only. A read that finds something due notes in the
// resource's private state when that was; the plan is a pure function of
// configuration, state and that note, because Terraform plans twice and rejects
// a changed mind. And applying a rotation dates the new key.
package rotatingapikey
