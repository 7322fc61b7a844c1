// Package tfkit is the Terraform vocabulary that all things share: how they are
// configured, how an error becomes a diagnostic, how a panic is caught and what
// may be logged. It knows no thing in particular.
package tfkit
