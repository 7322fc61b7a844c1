package keyring

import (
	"context"
	"fmt"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// VerifyTime is how long a new key is given to become valid everywhere, unless
// the user says otherwise.
const VerifyTime = time.Minute

const (
	firstVerifyDelay   = time.Second
	longestVerifyDelay = 15 * time.Second
)

// NotAcceptedError says that the API does not accept a new key.
type NotAcceptedError struct {
	ID nebula.ID
	// Waited is how long it was given.
	Waited time.Duration
	Last   error
}

func (e *NotAcceptedError) Error() string {
	return fmt.Sprintf("the API does not accept the new key %s: %s", nebula.CleanText(string(e.ID)), e.Last)
}

// Unwrap gives the last refusal.
func (e *NotAcceptedError) Unwrap() error { return e.Last }

// Happened tells what happened, in paragraphs.
func (e *NotAcceptedError) Happened(tell func(error) []string) []string {
	return append([]string{fmt.Sprintf("The API made key %s and did not accept it within %s.", nebula.CleanText(string(e.ID)), e.Waited.Round(time.Second))}, tell(e.Last)...)
}

// Advice says what to do next. The provider's own credential works: it made
// the key.
func (e *NotAcceptedError) Advice(func(error) string) string {
	return "Apply again. The provider's own credential is accepted; it is the new key that is not. If new keys need longer to become valid, set timeouts.update to a longer time."
}

// Verify tries a new key's secret against the API until it is accepted, for as
// long as given. It is no error only when the API accepted the key, and a
// *NotAcceptedError when it refused the key (401, 403) all the time.
func (k *Keyring) Verify(ctx context.Context, created Created, within time.Duration) error {
	delay := firstVerifyDelay
	for waited := time.Duration(0); ; {
		err := k.client.VerifyAPIKey(ctx, created.Secret)
		if err == nil || !nebula.IsUnauthorized(err) && !nebula.IsForbidden(err) {
			return err
		}
		if waited+delay > within || k.clock.Sleep(ctx, delay) != nil {
			return &NotAcceptedError{ID: created.ID, Waited: waited, Last: err}
		}
		waited += delay
		delay = min(2*delay, longestVerifyDelay)
	}
}
