package fakenebula

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// KindSSHKey is the kind of SSH keys.
const KindSSHKey Kind = "SSH key"

// The operations on SSH keys.
const (
	OpCreateSSHKey Operation = "create SSH key"
	OpListSSHKeys  Operation = "list SSH keys"
	OpRenameSSHKey Operation = "rename SSH key"
	OpDeleteSSHKey Operation = "delete SSH key"
)

// FactPublicKey is the public key that a create asks for.
const FactPublicKey = "public_key"

// SSHKeyOptions are the knobs of SSH keys. What is left at its zero value is as
// the reading has it.
type SSHKeyOptions struct {
	// Fields says what requests and answers call a key's fields: key_name and
	// key_data in 2024, name and public_key in 2025.
	Fields Reading
	// PlainArray makes the list's data an array of rows, with the total beside
	// it: in 2025. Else data is an object that holds rows and total.
	PlainArray Choice
	// LocalTimes writes the times of a list as "EST 2024-10-23 10:24:21": in
	// 2024. Else they are UNIX seconds, as in the answer to a create.
	LocalTimes Choice
	// Masked shows the public key in part, as the vendor's console does.
	Masked bool
	// NoRename lacks the route that renames.
	NoRename bool
	// SameContent accepts a public key that the account has already.
	SameContent bool
	// UnknownIDStatus refuses the rename and the delete of a key that does not
	// exist; 404 when zero.
	UnknownIDStatus int
}

func (o SSHKeyOptions) resolved(r Reading) SSHKeyOptions {
	if o.Fields == "" {
		o.Fields = r
	}
	o.PlainArray = o.PlainArray.or(o.Fields == Reading2025)
	o.LocalTimes = o.LocalTimes.or(r == Reading2024)
	if o.UnknownIDStatus == 0 {
		o.UnknownIDStatus = http.StatusNotFound
	}
	return o
}

// sshKeys is the part of the API that is about SSH keys. An object's fields are
// its public key.
type sshKeys struct {
	*store[string]
	options SSHKeyOptions
}

func newSSHKeys(s *Server) *sshKeys {
	return &sshKeys{newStore[string](s, KindSSHKey), s.options.SSHKeys}
}

func (keys *sshKeys) routes() []route {
	return []route{
		{method: http.MethodPost, path: "/ssh-keys", operation: OpCreateSSHKey, changes: true, describe: keys.describe, handle: keys.create},
		{method: http.MethodGet, path: "/ssh-keys", operation: OpListSSHKeys, handle: keys.list},
		{method: http.MethodPut, path: "/ssh-keys/{id}", operation: OpRenameSSHKey, changes: true, absent: keys.options.NoRename, describe: keys.describe, handle: keys.rename},
		{method: http.MethodDelete, path: "/ssh-keys/{id}", operation: OpDeleteSSHKey, changes: true, handle: keys.drop},
	}
}

// fieldNames are what the name and the public key are called.
func (keys *sshKeys) fieldNames() (name, publicKey string) {
	if keys.options.Fields == Reading2025 {
		return "name", "public_key"
	}
	return "key_name", "key_data"
}

// read takes the name and the public key out of a body; a field that is not
// there is nil. A refusal has a status.
func (keys *sshKeys) read(c *call) (name, publicKey *string, refusal Answer) {
	if keys.options.Fields == Reading2025 {
		var body struct {
			Name      *string `json:"name"`
			PublicKey *string `json:"public_key"`
		}
		refusal = keys.server.readJSON(c, &body)
		return body.Name, body.PublicKey, refusal
	}
	var body struct {
		KeyName *string `json:"key_name"`
		KeyData *string `json:"key_data"`
	}
	refusal = keys.server.readJSON(c, &body)
	return body.KeyName, body.KeyData, refusal
}

// describe notes what the fields say, in whatever spelling.
func (keys *sshKeys) describe(c *call) {
	var body map[string]string
	if c.decode(&body) != nil {
		return
	}
	c.entry.ObjectName = body["key_name"] + body["name"]
	if publicKey := body["key_data"] + body["public_key"]; publicKey != "" {
		c.note(FactPublicKey, publicKey)
	}
}

func (keys *sshKeys) create(c *call, at time.Time) Answer {
	name, publicKey, refusal := keys.read(c)
	nameField, keyField := keys.fieldNames()
	switch {
	case refusal.Status != 0:
		return refusal
	case name == nil || *name == "":
		return keys.refuseMissing(c, nameField)
	case publicKey == nil || *publicKey == "":
		return keys.refuseMissing(c, keyField)
	case !keys.options.SameContent && keys.has(c.actor.Account, *publicKey):
		return keys.server.refuse(http.StatusBadRequest, "You already have an SSH key with the same public key content.")
	}
	k := keys.add(keys.server.stored("name", *name), *publicKey, c.actor, at)
	c.entry.ObjectID = k.ID
	return succeeded("SSH key created successfully", keys.row(k, k.fields, false))
}

func (keys *sshKeys) refuseMissing(c *call, field string) Answer {
	return keys.server.refuseField(http.StatusBadRequest,
		FieldError{Type: "missing", Loc: []string{"body", field}, Msg: "Field required", Input: bodyInput(c.body)})
}

// has says whether the account has a key of the same content: type and
// material, whatever the comment.
func (keys *sshKeys) has(account, publicKey string) bool {
	return slices.ContainsFunc(keys.live(account), func(k *object[string]) bool { return content(k.fields) == content(publicKey) })
}

func content(publicKey string) string {
	fields := strings.Fields(publicKey)
	return strings.Join(fields[:min(2, len(fields))], " ")
}

// row is an SSH key as an answer shows it.
func (keys *sshKeys) row(k *object[string], publicKey string, listed bool) map[string]any {
	nameField, keyField := keys.fieldNames()
	name, made := k.Name, strconv.FormatInt(k.CreatedAt.Unix(), 10)
	if listed {
		name = keys.server.listed("name", name)
	}
	if listed && keys.options.LocalTimes == Yes {
		made = k.CreatedAt.UTC().Add(-5 * time.Hour).Format("EST 2006-01-02 15:04:05")
	}
	return map[string]any{"id": keys.server.idJSON(k.ID), nameField: name, keyField: publicKey, "create_time": made}
}

func (keys *sshKeys) list(c *call, at time.Time) Answer {
	rows := []map[string]any{}
	for _, k := range keys.shown(c, at) {
		publicKey := k.fields
		if keys.options.Masked {
			publicKey = shortened(publicKey)
		}
		rows = append(rows, keys.row(k, publicKey, true))
	}
	page, total, refusal := paged(keys.server, c, rows)
	if refusal.Status != 0 {
		return refusal
	}
	const message = "SSH keys retrieved successfully"
	if keys.options.PlainArray == No {
		return succeeded(message, struct {
			Total *int             `json:"total_ssh_keys,omitempty"`
			Keys  []map[string]any `json:"ssh_keys"`
		}{total, page})
	}
	return encoded(http.StatusOK, struct {
		envelope
		Total *int `json:"total_ssh_keys,omitempty"`
	}{envelope{Data: page, Message: message, Status: "success"}, total})
}

// shortened is a public key as the console shows it.
func shortened(publicKey string) string {
	line := content(publicKey)
	if len(line) < 24 {
		return "..."
	}
	return fmt.Sprintf("%s...%s", line[:9], line[len(line)-9:])
}

func (keys *sshKeys) rename(c *call, _ time.Time) Answer {
	name, _, refusal := keys.read(c)
	nameField, _ := keys.fieldNames()
	if refusal.Status != 0 {
		return refusal
	}
	k := keys.find(c.actor.Account, c.id)
	switch {
	case k == nil:
		return keys.server.refuse(keys.options.UnknownIDStatus, "SSH key not found")
	case name == nil || *name == "":
		return keys.refuseMissing(c, nameField)
	}
	k.Name = keys.server.stored("name", *name)
	return succeeded("SSH key updated successfully", keys.row(k, k.fields, false))
}

func (keys *sshKeys) drop(c *call, at time.Time) Answer {
	k := keys.find(c.actor.Account, c.id)
	if k == nil {
		return keys.server.refuse(keys.options.UnknownIDStatus, "SSH key not found")
	}
	keys.remove(k, c.actor, at)
	return succeeded("SSH key deleted successfully", json.RawMessage("{}"))
}

// SSHKey is an SSH key as the server knows it.
type SSHKey struct {
	Object
	PublicKey string
}

// SSHKeys are the SSH keys that exist, in all accounts, hidden ones included,
// oldest first.
func (s *Server) SSHKeys() []SSHKey {
	now := s.enter()
	defer s.mu.Unlock()
	var all []SSHKey
	for _, k := range thingOf[*sshKeys](s).issued {
		if k.DeletedAt.IsZero() {
			all = append(all, SSHKey{k.view(now), k.fields})
		}
	}
	return all
}

// AddSSHKey registers a public key directly, as a colleague at the vendor's
// console would, and returns its id. Nothing is checked.
func (s *Server) AddSSHKey(name, publicKey string) string {
	now := s.enter()
	defer s.mu.Unlock()
	return thingOf[*sshKeys](s).add(name, publicKey, Actor{Via: ViaDirect}, now).ID
}

// SetSSHKey changes an SSH key from outside of the API and says whether it
// exists.
func (s *Server) SetSSHKey(id, name, publicKey string) bool {
	return thingOf[*sshKeys](s).edit(id, func(k *object[string], _ time.Time) { k.Name, k.fields = name, publicKey })
}

// DeleteSSHKey deletes an SSH key directly and says whether it existed.
func (s *Server) DeleteSSHKey(id string) bool {
	keys := thingOf[*sshKeys](s)
	return keys.edit(id, func(k *object[string], now time.Time) { keys.remove(k, Actor{Via: ViaDirect, Account: k.Account}, now) })
}
