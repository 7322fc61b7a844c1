package tfkit

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nebulablock/terraform-provider-nebula/internal/clock"
	"github.com/nebulablock/terraform-provider-nebula/internal/listing"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// Services is what operations work with. All operations of a configured
// provider share one.
type Services struct {
	Client *nebula.Client
	Clock  clock.Clock
	// OwnershipMarker is the provider's argument of that name.
	OwnershipMarker bool
	// CredentialFingerprint is the hex SHA-256 of the credential, where that
	// is one that can be found among the objects of the account; else empty.
	CredentialFingerprint string

	shared oneOfEach
}

// Shared gives the one value of type T that all operations of a configured
// provider share, such as the list of one kind of object. It is made when it is
// first asked for. So a thing brings its own, and nothing here knows of it.
func Shared[T any](s *Services, create func(*Services) T) T {
	return shared(&s.shared, func() T { return create(s) })
}

// SharedList is the one list of rows of a type that all operations of a configured
// provider share. Its clocks are the provider's and the API's.
func SharedList[Row any](s *Services, o listing.Options[Row]) *listing.List[Row] {
	return Shared(s, func(s *Services) *listing.List[Row] {
		o.Clock, o.When = s.Clock, s.Client.When
		return listing.New(o)
	})
}

// SharedOffline is Shared for operations that call nothing, such as planning.
// They have no services, which could lack a credential.
func SharedOffline[T any](b *Base, create func() T) T {
	if b.data == nil {
		return create()
	}
	return shared(&b.data.shared, create)
}

// oneOfEach holds one value of each type.
type oneOfEach struct {
	mu     sync.Mutex
	values map[reflect.Type]any
}

func shared[T any](all *oneOfEach, create func() T) T {
	all.mu.Lock()
	defer all.mu.Unlock()
	kind := reflect.TypeFor[T]()
	if value, ok := all.values[kind].(T); ok {
		return value
	}
	value := create()
	if all.values == nil {
		all.values = map[reflect.Type]any{}
	}
	all.values[kind] = value
	return value
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

	shared   oneOfEach
	once     sync.Once
	services *Services
	diags    diag.Diagnostics
}

func (d *ProviderData) connect() (*Services, diag.Diagnostics) {
	if len(d.Unknown) > 0 {
		return nil, diag.Diagnostics{diag.NewErrorDiagnostic(notKnownYet, unknownDetail(d.Unknown)+
			"\n\nNext: Give the provider a value that is known while planning, or first apply what that value comes from "+
			"(with -target).")}
	}
	d.once.Do(func() {
		d.services, d.diags = d.Connect()
	})
	return d.services, d.diags
}

const notKnownYet = "Provider configuration is not known yet"

func unknownDetail(arguments []string) string {
	if len(arguments) == 1 {
		return fmt.Sprintf("The value of the provider's argument %s will be known only during apply, and the API cannot be called without it.", arguments[0])
	}
	return fmt.Sprintf("The values of the provider's arguments %s will be known only during apply, and the API cannot be called without them.", strings.Join(arguments, " and "))
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

// services gives what operations work with. A credential that is missing, or
// not known yet, is reported here.
func (b *Base) services() (*Services, diag.Diagnostics) {
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

func (b *Base) secrets() []string {
	if b.data == nil {
		return nil
	}
	return b.data.Secrets
}

// skipRefresh reports whether nothing can be read yet because the provider's
// configuration is not known, and then warns that the prior state is kept. A
// plan must not fail because a credential comes from another resource.
func (b *Base) skipRefresh(op *Operation) bool {
	unknown := b.Unknown()
	if len(unknown) == 0 {
		return false
	}
	op.Warn(Message{Title: notKnownYet, What: unknownDetail(unknown), State: "This resource was not refreshed. Its last known state is kept and may be out of date."})
	return true
}
