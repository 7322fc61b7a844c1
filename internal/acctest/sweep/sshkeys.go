package sweep

import (
	"context"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
)

// SSHKeys deletes the SSH keys that tests left in an account, and returns their
// ids.
func SSHKeys(ctx context.Context, client *nebula.Client, now time.Time) ([]nebula.ID, error) {
	return kind[nebula.SSHKey]{
		one: "SSH key", list: client.ListSSHKeys,
		leftover: func(key nebula.SSHKey, now time.Time) bool { return leftoverName(key.Name, now) },
		id:       func(key nebula.SSHKey) nebula.ID { return key.ID }, name: func(key nebula.SSHKey) string { return key.Name },
		remove: func(ctx context.Context, key nebula.SSHKey) error { return client.DeleteSSHKey(ctx, key.ID) },
	}.sweep(ctx, now)
}
