// Package resilience holds tests of the provider as a program under a real
// command line: interrupts, kills, and long runs with faults. There is no code
// in it.
package resilience
