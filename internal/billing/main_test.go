package billing_test

import (
	"testing"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }
