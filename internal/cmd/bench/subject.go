package main

import (
	"crypto/rand"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nebulablock/terraform-provider-nebula/internal/apikey"
	"github.com/nebulablock/terraform-provider-nebula/internal/instance"
)

// subject is a resource type that can be measured.
type subject struct {
	// suffix is the type's name without the provider's.
	suffix string
	// arguments are the lines of a block with count.
	arguments string
	// resource is the provider's own, whose schemas the peer takes.
	resource func() resource.Resource
	// made is how long the texts are that creating makes, as long as the real
	// provider's: Terraform writes the state again and again. Other computed
	// texts are null.
	made map[string]int
}

// subjects are by the names of their types.
func subjects() map[string]subject {
	return map[string]subject{
		"nebula_api_key": {
			suffix: "api_key", arguments: `name = "bench-${count.index}"`, resource: apikey.NewResource,
			made: map[string]int{"id": 4, "key": 46, "fingerprint": 64, "creation_token": 33, "created_at": 20},
		},
		"nebula_instance": {
			suffix: "instance", resource: instance.NewResource,
			arguments: `name_prefix = "bench-${count.index}"
  product_id  = "expd0ce88325-aeb0-48d0-8216-09506b58f1dd"
  image       = "Ubuntu Server 22.04 LTS R535 CUDA 12.2"
  ssh_key_id  = "1"
  wait_for    = "none"`,
			made: map[string]int{"id": 4, "name": 22, "status": 9, "region": 6, "product_type": 15, "gpu": 9, "os": 38, "user_name": 6, "created_at": 20},
		},
	}
}

// subjectNames are the types that can be measured, sorted.
func subjectNames() []string { return slices.Sorted(maps.Keys(subjects())) }

// makeUp is a value that creating an object gives to a computed attribute; nil
// for a type that no subject has.
func (s subject) makeUp(name string, t attr.Type) attr.Value {
	switch {
	case t.Equal(types.StringType) && s.made[name] > 0:
		return types.StringValue((rand.Text() + rand.Text() + rand.Text())[:s.made[name]])
	case t.Equal(types.StringType):
		return types.StringNull()
	case t.Equal(types.Int64Type):
		return types.Int64Value(28)
	case t.Equal(types.NumberType):
		return types.NumberValue(big.NewFloat(0.697))
	}
	return nil
}
