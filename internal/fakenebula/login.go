package fakenebula

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// OpLogin is the operation of POST /login.
const OpLogin Operation = "login"

// CredentialToken is an access token, from a login.
const CredentialToken CredentialKind = "token"

// LoginEncoding is the body that POST /login accepts. The documentation names
// the form type and shows a JSON body.
type LoginEncoding int

// What login accepts; the other encoding is answered with 415.
const (
	LoginBoth LoginEncoding = iota
	LoginForm
	LoginJSON
)

// tokenLife is how long an access token is valid, as documented.
const tokenLife = 2 * time.Hour

// loginUser is the number that every login answers with.
const loginUser = 18

// login exchanges a user's password for an access token.
type login struct{ server *Server }

func newLogin(s *Server) *login { return &login{s} }

func (l *login) routes() []route {
	return []route{{
		method: http.MethodPost, path: "/login", operation: OpLogin, open: true, changes: true,
		handle: l.handle,
	}}
}

func (l *login) handle(c *call, at time.Time) Answer {
	s := l.server
	username, password, refusal := s.loginFields(c)
	if refusal.Status != 0 {
		return refusal
	}
	if want, known := s.options.Users[username]; !known || want != password {
		return s.refuse(http.StatusUnauthorized, "Invalid credentials")
	}
	return succeeded("Login successful", struct {
		ID       int    `json:"id"`
		Name     string `json:"name"`
		Email    string `json:"email"`
		IsStaff  bool   `json:"is_staff"`
		IsActive bool   `json:"is_active"`
		JWTToken string `json:"jwtToken"`
	}{loginUser, "Test User", username, false, true, s.newToken(username, at)})
}

// loginFields reads the body in the encodings that the options allow.
func (s *Server) loginFields(c *call) (username, password string, refusal Answer) {
	accepts := s.options.LoginEncoding
	switch media := c.mediaType(); {
	case media == "application/x-www-form-urlencoded" && accepts != LoginJSON:
		form, err := url.ParseQuery(string(c.body))
		if err != nil || len(form) != 2 || !slices.Equal([]int{1, 1}, []int{len(form["username"]), len(form["password"])}) {
			return "", "", s.refuse(http.StatusBadRequest, "Invalid form")
		}
		return form.Get("username"), form.Get("password"), Answer{}
	case media == "application/json" && accepts != LoginForm:
		var body struct {
			Username string `json:"username"`
			Password string `json:"password"`
		}
		if c.decode(&body) != nil {
			return "", "", s.refuse(http.StatusBadRequest, "Invalid JSON")
		}
		return body.Username, body.Password, Answer{}
	default:
		return "", "", s.refuse(http.StatusUnsupportedMediaType, "Unsupported media type")
	}
}

// newToken issues an access token, a signed JWT as the documented one.
func (s *Server) newToken(user string, at time.Time) string {
	expires := at.Add(tokenLife).Unix()
	claims, err := json.Marshal(map[string]any{
		"sub": user, "roles": []string{"USER"}, "scopes": []string{"USER"},
		"exp": expires, "jti": hex.EncodeToString(s.randomBytes(8)),
	})
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	encode := base64.RawURLEncoding.EncodeToString
	unsigned := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(claims)
	mac := hmac.New(sha256.New, s.signingKey)
	mac.Write([]byte(unsigned))
	jwt := unsigned + "." + encode(mac.Sum(nil))
	s.issue(jwt, CredentialToken, user, s.options.UserAccounts[user], time.Unix(expires, 0))
	return jwt
}

// ExpireTokens ends all access tokens issued so far.
func (s *Server) ExpireTokens() {
	now := s.enter()
	defer s.mu.Unlock()
	for secret, c := range s.credentials {
		if c.actor.Kind == CredentialToken {
			s.end(secret, now)
		}
	}
}
