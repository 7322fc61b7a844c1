package nebula

import "context"

// CredentialKind names a kind of credential.
type CredentialKind string

// The kinds of credential the API accepts.
const (
	KindAPIKey      CredentialKind = "API key"
	KindAccessToken CredentialKind = "access token"
	KindPassword    CredentialKind = "user name and password"
)

// Credential is what a client authenticates with: APIKeyCredential, AccessToken or
// Password.
type Credential interface {
	source(*Client) credentialSource
	secrets() []string
}

// credentialSource gives the bearer of each call.
type credentialSource interface {
	kind() CredentialKind
	bearer(context.Context, call) (string, error)
	// accepted notes that the API took a bearer.
	accepted(bearer string)
	// refused notes that the API answered a bearer with 401, and returns
	// whether another one may be had.
	refused(bearer string, failure *APIError) bool
}

// APIKeyCredential authenticates with an API key.
func APIKeyCredential(key string) Credential { return fixed{KindAPIKey, key} }

// AccessToken authenticates with a JWT that somebody else obtained.
func AccessToken(token string) Credential { return fixed{KindAccessToken, token} }

// Password logs in when a bearer is first needed, and again when it expires.
func Password(username, password string) Credential { return login{username, password} }

type fixed struct {
	credentialKind CredentialKind
	value          string
}

func (f fixed) source(*Client) credentialSource              { return f }
func (f fixed) secrets() []string                            { return []string{f.value} }
func (f fixed) kind() CredentialKind                         { return f.credentialKind }
func (f fixed) bearer(context.Context, call) (string, error) { return f.value, nil }
func (f fixed) accepted(string)                              {}
func (f fixed) refused(string, *APIError) bool               { return false }

// String keeps the secret out of a stray %v.
func (f fixed) String() string   { return string(f.credentialKind) }
func (f fixed) GoString() string { return f.String() }

type login struct{ username, password string }

func (l login) source(c *Client) credentialSource {
	return &session{client: c, username: l.username, password: l.password}
}

func (l login) secrets() []string { return []string{l.password} }
func (l login) String() string    { return string(KindPassword) }
func (l login) GoString() string  { return l.String() }
