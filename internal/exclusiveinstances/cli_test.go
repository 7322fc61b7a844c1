package exclusiveinstances_test

import (
	"testing"
	"time"

	"github.com/nebulablock/terraform-provider-nebula/examples"
	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/fakenebula"
)

// The guide's nightly pipeline at a command line: the saved plan shows each
// leftover with its price, and its apply deletes these and no others.
func TestAccNightly(t *testing.T) {
	t.Parallel()
	w := acctest.New(t, acctest.Options{Fake: fakenebula.Options{Reading: fakenebula.Reading2025, Instances: fakenebula.InstanceOptions{DeleteTime: time.Minute}}})
	cli := w.CLI(t)
	cli.Write("main.tf", examples.Text("guides/gpu-machines/pipeline/nightly.tf"))
	const managed = `-var=instance_ids=["1"]`
	for _, name := range []string{"managed", "forgotten", "keep-this", "crashed"} {
		w.API.AddInstance(name)
	}
	w.API.AddReservedInstance("until May")
	w.Clock.Advance(13 * time.Hour)
	w.API.AddInstance("of today")
	cli.Apply(managed).Expect(0, "1 added").ExpectNot("to be deleted")
	cli.Plan("-out=nightly.tfplan", managed).Expect(2,
		`- "2" = "\"forgotten\", running, $2.627 per hour" -> null`, `- "4" = "\"crashed\", running, $2.627 per hour" -> null`,
		"Instances to be deleted", `2 ("forgotten", running, $2.627 per hour), 4 ("crashed", running, $2.627 per hour).`,
		"0 to add, 1 to change, 0 to destroy").ExpectNot(`"managed"`, `"keep-this"`, `"until May"`, `"of today"`)
	w.API.AddInstance("since then")
	cli.Run("apply", "-no-color", "nightly.tfplan").Expect(0, "0 added, 1 changed, 0 destroyed")
	if err := w.ExpectCalls(acctest.Calls{fakenebula.OpDeleteInstance: 2})(nil); err != nil {
		t.Error(err)
	}
	if err := w.ExpectLive(fakenebula.KindInstance, "managed", "keep-this", "until May", "of today", "since then")(nil); err != nil {
		t.Error(err)
	}
	cli.Plan(managed).Expect(0, "No changes.")
	cli.Destroy(managed).Expect(0)
	if err := w.ExpectCalls(acctest.Calls{})(nil); err != nil {
		t.Error(err)
	}
}
