package tfkit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Services is what operations work with. All operations of a configured
// provider share one.
type Services struct {
	Client *nebula.Client
	Keys   *lifecycle.Keeper
	Clock  clock.Clock
	// OwnFingerprint is the fingerprint of the API key that the provider
	// authenticates with; empty with any other credential. The API does not
	// tell which listed key a credential is, so this is the only way to
	// recognise it.
	OwnFingerprint string

	ownKey atomic.Value // of string
}

// NoteKey tells of a managed key that was read. It may be the one that the
// provider authenticates with.
func (s *Services) NoteKey(id, fingerprint string) {
	if s.OwnFingerprint != "" && fingerprint == s.OwnFingerprint {
		s.ownKey.Store(id)
	}
}

// OwnKeyID is the id of the key that the provider authenticates with, when a
// managed key that was read by this process has turned out to be it; mostly it
// is not known, and then empty.
func (s *Services) OwnKeyID() string {
	id, _ := s.ownKey.Load().(string)
	return id
}

// ProviderData is what the configured provider hands to everything it offers.
type ProviderData struct {
	// Connect makes the services. It is called once, when they are first
	// needed: a missing credential must not fail a run that needs none.
	Connect func() (*Services, diag.Diagnostics)
	// Unknown names the arguments of the provider without whose values
	// nothing can be called, and which will be known only during apply.
	Unknown []string
	// Secrets are masked in logs, wherever they might turn up.
	Secrets []string

	once     sync.Once
	services *Services
	diags    diag.Diagnostics
}

func (d *ProviderData) connect() (*Services, diag.Diagnostics) {
	if len(d.Unknown) > 0 {
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Provider configuration is not known yet", unknownDetail(d.Unknown)+
			"\n\nNext: Give the provider a value that is known while planning, or first apply what that value comes from "+
			"(with -target).")}
	}
	d.once.Do(func() {
		d.services, d.diags = d.Connect()
	})
	return d.services, d.diags
}

func unknownDetail(arguments []string) string {
	if len(arguments) == 1 {
		return fmt.Sprintf("The value of the provider's argument %s will be known only during apply, and nothing can be asked of the API without it.", arguments[0])
	}
	return fmt.Sprintf("The values of the provider's arguments %s will be known only during apply, and nothing can be asked of the API without them.", strings.Join(arguments, " and "))
}

// Base is what everything that the provider offers has in common. It is
// embedded through Resource, DataSource, EphemeralResource, ListResource or
// Action, which configure it.
type Base struct{ data *ProviderData }

// configure accepts the provider's data. It is nil while Terraform only
// validates.
func (b *Base) configure(data any, diags *diag.Diagnostics) {
	switch data := data.(type) {
	case nil:
	case *ProviderData:
		b.data = data
	default:
		diags.AddError("Unable to configure", fmt.Sprintf("The provider handed on data of the unexpected type %T. This is a defect in the provider. %s", data, pleaseReport))
	}
}

// Services gives what operations work with. A credential that is missing, or
// not known yet, is reported here.
func (b *Base) Services(context.Context) (*Services, diag.Diagnostics) {
	if b.data == nil {
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic("Unable to use the provider", "It was not configured before it was used. This is a defect in the provider. "+pleaseReport)}
	}
	return b.data.connect()
}

// Unknown names the provider's arguments that will be known only during apply
// and without which nothing can be called; mostly there are none.
func (b *Base) Unknown() []string {
	if b.data == nil {
		return nil
	}
	return b.data.Unknown
}

// SkipRefresh reports whether nothing can be read yet because the provider's
// configuration is not known, and then warns that the thing ("API key") keeps
// its prior state. A plan must not fail because a key comes from another
// resource.
func (b *Base) SkipRefresh(thing string, diags *diag.Diagnostics) bool {
	unknown := b.Unknown()
	if len(unknown) == 0 {
		return false
	}
	diags.AddWarning("Unable to refresh "+thing, unknownDetail(unknown)+
		"\n\nState: The last known state is kept and may be out of date.")
	return true
}

// Begin starts an operation: secrets are masked in what is logged with the
// returned context, and a panic becomes an error of the given diagnostics. To
// names the operation as in Failure. The returned function must be deferred.
//
//	ctx, end := r.Begin(ctx, "create API key", &resp.Diagnostics)
//	defer end()
func (b *Base) Begin(ctx context.Context, to string, diags *diag.Diagnostics) (context.Context, func()) {
	var secrets []string
	if b.data != nil {
		secrets = b.data.Secrets
	}
	return MaskLogs(ctx, secrets), func() { guard(recover(), to, diags) }
}
