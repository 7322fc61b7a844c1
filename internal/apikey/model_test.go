package apikey

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/lifecycle"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/sealing"
)

const (
	ownToken     = "20261123T015600Z-abcdefghijklmnop"
	foreignToken = "20261122T000000Z-qrstuvwxyz234567"
	secret       = "ak_CANARY-model-0123456789"
	// fingerprint is what sha256sum prints for the secret.
	fingerprint = "51677635648e4e335827939e6eca229f0bad765db41d9ebd2a46a3ef19ec0539"
)

func text(s string) types.String { return types.StringValue(s) }

var null = types.StringNull

// What the list shows, against what the state holds.
func TestModelRefresh(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		token       types.String // in state
		description string       // in the list
		wantToken   types.String
		want        string
	}{
		"nothing changed":                     {text(ownToken), "text [tf:" + ownToken + "]", text(ownToken), "text"},
		"no text":                             {text(ownToken), "[tf:" + ownToken + "]", text(ownToken), ""},
		"spaces around the text":              {text(ownToken), "  text   [tf:" + ownToken + "]", text(ownToken), "  text  "},
		"several lines":                       {text(ownToken), "a\nb\n [tf:" + ownToken + "]", text(ownToken), "a\nb\n"},
		"text changed elsewhere":              {text(ownToken), "other [tf:" + ownToken + "]", text(ownToken), "other"},
		"marker removed elsewhere":            {text(ownToken), "text", text(ownToken), "text"},
		"all removed elsewhere":               {text(ownToken), "", text(ownToken), ""},
		"marker changed elsewhere":            {text(ownToken), "text [tf:" + foreignToken + "]", text(ownToken), "text [tf:" + foreignToken + "]"},
		"foreign marker alone":                {text(ownToken), "[tf:" + foreignToken + "]", text(ownToken), "[tf:" + foreignToken + "]"},
		"text appended elsewhere":             {text(ownToken), "text [tf:" + ownToken + "] more", text(ownToken), "text [tf:" + ownToken + "] more"},
		"imported, with marker":               {null(), "text [tf:" + foreignToken + "]", text(foreignToken), "text"},
		"imported, with marker, without text": {null(), "[tf:" + foreignToken + "]", text(foreignToken), ""},
		"imported, without marker":            {null(), "text", null(), "text"},
		"imported, without description":       {null(), "", null(), ""},
		"imported, with what is no marker":    {null(), "text [tf:abc]", null(), "text [tf:abc]"},
	} {
		m := model{ID: text("7"), Name: text("old"), Description: text("old"), CreationToken: test.token,
			Key: text(secret), EncryptedKey: null(), Fingerprint: text(fingerprint)}
		own, token := lifecycle.SplitMarker(test.description)
		m.refresh(lifecycle.Key{ID: "7", Name: "new", Description: own, Token: token})
		want := model{ID: text("7"), Name: text("new"), Description: text(test.want), CreationToken: test.wantToken,
			Key: text(secret), EncryptedKey: null(), Fingerprint: text(fingerprint)}
		if !reflect.DeepEqual(m, want) {
			t.Errorf("%s: %+v, want %+v", name, m, want)
		}
	}
}

// A key that was looked for by its token gets its id.
func TestModelRefreshOfUndecided(t *testing.T) {
	t.Parallel()
	m := model{ID: null(), Name: text("n"), CreationToken: text(ownToken)}
	m.refresh(lifecycle.Key{ID: "8", Name: "n", Description: "d", Token: ownToken})
	if m.ID != text("8") || m.CreationToken != text(ownToken) || m.Description != text("d") {
		t.Errorf("%+v", m)
	}
}

// After a create nothing may be left unknown: Terraform would drop the value.
func unknownModel() model {
	u := types.StringUnknown()
	return model{ID: u, Name: text("n"), Description: text("d"), Key: u, EncryptedKey: u, Fingerprint: u, CreationToken: u}
}

func TestModelCreated(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients := types.ListValueMust(types.StringType, []attr.Value{text(identity.Recipient().String())})

	m := unknownModel()
	m.AgeRecipients = types.ListNull(types.StringType)
	if err := m.created(context.Background(), lifecycle.Created{ID: "7", Secret: secret, Token: ownToken}); err != nil {
		t.Error(err)
	}
	want := model{ID: text("7"), Name: text("n"), Description: text("d"), AgeRecipients: types.ListNull(types.StringType),
		Key: text(secret), EncryptedKey: null(), Fingerprint: text(fingerprint), CreationToken: text(ownToken)}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("plain: %+v, want %+v", m, want)
	}

	m = unknownModel()
	m.AgeRecipients = recipients
	if err := m.created(context.Background(), lifecycle.Created{ID: "7", Secret: secret}); err != nil {
		t.Error(err)
	}
	opened, err := sealing.Unseal(m.EncryptedKey.ValueString(), identity.String())
	if err != nil || opened != secret {
		t.Errorf("sealed: opened %q, %v", opened, err)
	}
	want = model{ID: text("7"), Name: text("n"), Description: text("d"), AgeRecipients: recipients,
		Key: null(), EncryptedKey: m.EncryptedKey, Fingerprint: text(fingerprint), CreationToken: null()}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("sealed: %+v, want %+v", m, want)
	}

	m = unknownModel()
	m.AgeRecipients = types.ListValueMust(types.StringType, []attr.Value{text("nobody")})
	err = m.created(context.Background(), lifecycle.Created{ID: "7", Secret: secret, Token: ownToken})
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("for nobody: %v", err)
	}
	want = model{ID: text("7"), Name: text("n"), Description: text("d"), AgeRecipients: m.AgeRecipients,
		Key: null(), EncryptedKey: null(), Fingerprint: null(), CreationToken: text(ownToken)}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("for nobody: %+v, want %+v", m, want)
	}
}

func TestModelUndecided(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err       lifecycle.UndecidedError
		id, token types.String
		state     string
	}{
		"nothing found":      {lifecycle.UndecidedError{Token: ownToken}, null(), text(ownToken), "its creation_token is " + ownToken},
		"candidates":         {lifecycle.UndecidedError{Token: ownToken, Candidates: []nebula.ID{"1", "2"}}, null(), text(ownToken), "its creation_token is " + ownToken},
		"found, not deleted": {lifecycle.UndecidedError{Token: ownToken, ID: "9"}, text("9"), text(ownToken), "Key 9 is recorded as tainted"},
		"without a marker":   {lifecycle.UndecidedError{}, null(), null(), "It carries no ownership marker"},
	} {
		m := unknownModel()
		m.undecided(&test.err)
		want := model{ID: test.id, Name: text("n"), Description: text("d"), Key: null(), EncryptedKey: null(), Fingerprint: null(), CreationToken: test.token}
		if !reflect.DeepEqual(m, want) {
			t.Errorf("%s: %+v, want %+v", name, m, want)
		}
		if got := stateOfUndecided(m); !strings.Contains(got, test.state) {
			t.Errorf("%s: %q does not say %q", name, got, test.state)
		}
	}
}
