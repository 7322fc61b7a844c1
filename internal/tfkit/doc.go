// Package tfkit is the Terraform vocabulary that all things share. An Operation
// is one call of Terraform's from its beginning to its end: what it works with,
// its time-out, its state, and what people are told. It knows no thing in
// particular.
package tfkit
