package fleet

import (
	"cmp"
	"crypto/rand"
	"strings"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

const (
	// MaxName is how long a name may be. The API says nothing of it; 50 is the
	// limit of one of its suppliers.
	MaxName = 50
	// tokenLength is the length of the token that ends a name, without the
	// hyphen before it.
	tokenLength = 12
	// MaxPrefix is how long a prefix may be that a token is added to.
	MaxPrefix = MaxName - tokenLength - 1
)

// alphabet are the 32 characters of tokens, so that each stands for 5 bits.
const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

// NewName is the prefix with a hyphen and a token of 60 random bits, which tells
// the machine from all others.
func NewName(prefix string) string {
	token := make([]byte, tokenLength)
	_, _ = rand.Read(token) // never fails
	for i, b := range token {
		token[i] = alphabet[b%byte(len(alphabet))]
	}
	return prefix + "-" + string(token)
}

// HasPrefix says that a name is the prefix with a token.
func HasPrefix(name, prefix string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(name), strings.ToLower(prefix)+"-")
	return ok && len(rest) == tokenLength && strings.Trim(rest, alphabet) == ""
}

// NameOf is the name of a row.
func NameOf(i nebula.Instance) string { return string(cmp.Or(i.HostName, i.Name)) }

// SameName compares names as the API may keep them: in lower case.
func SameName(a, b string) bool { return strings.EqualFold(a, b) }

// bears says that a row's name ends in the token of a name.
func bears(i nebula.Instance, name string) bool {
	if len(name) <= tokenLength {
		return false
	}
	return strings.HasSuffix(strings.ToLower(NameOf(i)), strings.ToLower(name[len(name)-tokenLength-1:]))
}

// shortestPart is the length below which the beginning of a name says nothing.
const shortestPart = 6

// beginsAlike says that a row's name is a part of a name, as it would be if the
// API had cut it. Such a row is named to people and never taken for the machine.
func beginsAlike(i nebula.Instance, name string) bool {
	have, want := strings.ToLower(NameOf(i)), strings.ToLower(name)
	return len(have) >= shortestPart && have != want && strings.HasPrefix(want, have)
}
