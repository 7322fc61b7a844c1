package nebula

import (
	"cmp"
	"context"
	"time"
)

// The fields of an SSH key are key_name and key_data in the vendor's reference,
// name and public_key in what its tests expect of rows and send to rename. One
// example of the reference creates with name and key_data.
var (
	createSSHKey = forms{"create SSH key", [][]string{{"key_name", "key_data"}, {"name", "public_key"}, {"name", "key_data"}}}
	renameSSHKey = forms{"rename SSH key", [][]string{{"key_name"}, {"name"}}}
)

// SSHKey is an SSH key as the API shows it. A field that the answer lacks is
// zero or empty: it says nothing.
type SSHKey struct {
	ID   ID
	Name string
	// PublicKey is the text that the API shows. It checks none, so anything can
	// stand here, and it may show only the beginning and the end.
	PublicKey string
	// CreatedAt is zero where the API writes a local time of no known zone.
	CreatedAt time.Time
}

// SSHKeyRequest is what a new SSH key is made of.
type SSHKeyRequest struct {
	Name string
	// PublicKey is a line in the form of authorized_keys.
	PublicKey string
}

// CreateSSHKey registers a public key (POST /ssh-keys). prepare says what to
// make it of and is called for each try. The API refuses content that the
// account has already. After an ambiguous failure the key may exist.
func (c *Client) CreateSSHKey(ctx context.Context, prepare func() (SSHKeyRequest, error)) (SSHKey, error) {
	made, err := firstTaken(c, createSSHKey, func(fields []string) (madeSSHKey, error) {
		return create[madeSSHKey](ctx, c, at("/ssh-keys"), func() (map[string]string, error) {
			request, err := prepare()
			return map[string]string{fields[0]: request.Name, fields[1]: request.PublicKey}, err
		})
	})
	return made.sshKey(), err
}

// ListSSHKeys lists all SSH keys (GET /ssh-keys, in pages). A list that is not
// whole and well-formed is an error, never a short list.
func (c *Client) ListSSHKeys(ctx context.Context) ([]SSHKey, error) {
	rows, err := pages(ctx, c, listOf[sshKeyRow]{
		target: at("/ssh-keys"), member: "ssh_keys", key: func(r sshKeyRow) string { return string(r.ID) },
	})
	if err != nil {
		return nil, err
	}
	keys := make([]SSHKey, len(rows))
	for i, row := range rows {
		keys[i] = row.sshKey()
	}
	return keys, nil
}

// RenameSSHKey gives an SSH key another name (PUT /ssh-keys/{id}). The vendor's
// own tools doubt that the route exists, so a 404 or 405 proves nothing about
// the key.
func (c *Client) RenameSSHKey(ctx context.Context, id ID, name string) (SSHKey, error) {
	renamed, err := firstTaken(c, renameSSHKey, func(fields []string) (sshKeyRow, error) {
		return change[sshKeyRow](ctx, c, at("/ssh-keys/{id}", id), map[string]string{fields[0]: name})
	})
	return renamed.sshKey(), err
}

// DeleteSSHKey deletes an SSH key (DELETE /ssh-keys/{id}). What an error means
// for the key, a list must decide.
func (c *Client) DeleteSSHKey(ctx context.Context, id ID) error {
	return c.remove(ctx, at("/ssh-keys/{id}", id))
}

// sshKeyRow is an SSH key in both spellings.
type sshKeyRow struct {
	ID         ID    `json:"id"`
	KeyName    Text  `json:"key_name"`
	Name       Text  `json:"name"`
	KeyData    Text  `json:"key_data"`
	PublicKey  Text  `json:"public_key"`
	CreateTime Stamp `json:"create_time"`
	CreatedAt  Stamp `json:"created_at"`
}

// lacks spoils a whole list for one row without an id: a list that may lack a
// key must not be used to say that a key is gone.
func (r sshKeyRow) lacks() string {
	if r.ID == "" {
		return "an SSH key in the answer has no id"
	}
	return ""
}

func (r sshKeyRow) sshKey() SSHKey {
	key := SSHKey{
		ID: r.ID, Name: string(cmp.Or(r.KeyName, r.Name)), PublicKey: string(cmp.Or(r.KeyData, r.PublicKey)),
		CreatedAt: r.CreateTime.Time,
	}
	if key.CreatedAt.IsZero() {
		key.CreatedAt = r.CreatedAt.Time
	}
	return key
}

// madeSSHKey is the answer to a create.
type madeSSHKey struct{ sshKeyRow }

// lacks refuses an id that no later request could carry: such a key could never
// be deleted.
func (k madeSSHKey) lacks() string {
	if k.ID == "" {
		return "the answer holds no id of the new SSH key"
	}
	if _, err := ParseID(string(k.ID)); err != nil {
		return "the answer holds an id that is not valid in a request"
	}
	return ""
}
