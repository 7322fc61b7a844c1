package tfkit_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nebulablock/terraform-provider-nebula/internal/acctest"
	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

// importing imports a thing by its id, or by its identity.
func importing(t *testing.T, id string, byIdentity bool) *resource.ImportStateResponse {
	t.Helper()
	b := newBench(t)
	r := tfkit.ByID{Resource: b.resource, Thing: "thing", Shown: "the data source nebula_things"}
	var described resource.IdentitySchemaResponse
	r.IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &described)
	object := described.IdentitySchema.Type().TerraformType(t.Context())
	b.identity = &tfsdk.ResourceIdentity{Schema: described.IdentitySchema, Raw: tftypes.NewValue(object, nil)}
	req := resource.ImportStateRequest{ID: id}
	if byIdentity {
		named := tftypes.NewValue(object, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id)})
		req = resource.ImportStateRequest{Identity: &tfsdk.ResourceIdentity{Schema: described.IdentitySchema, Raw: named}}
	}
	resp := &resource.ImportStateResponse{State: b.state("", "", ""), Identity: b.identity}
	r.ImportState(t.Context(), req, resp)
	return resp
}

func TestImportByIDAndByIdentity(t *testing.T) {
	t.Parallel()
	for name, byIdentity := range map[string]bool{"id": false, "identity": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := importing(t, "9a4d7961-3274", byIdentity)
			var id types.String
			if diags := resp.State.GetAttribute(t.Context(), path.Root("id"), &id); diags.HasError() || id.ValueString() != "9a4d7961-3274" {
				t.Errorf("the state has %s, %v", id, diags)
			}
			if len(resp.Diagnostics) != 0 {
				t.Error(resp.Diagnostics)
			}
			for _, bad := range []string{"../../admin", "key:41001", canary, "sk-0123456789abcdefghij", "unresolved:20261123T015600Z-abcdefghijklmnop"} {
				resp := importing(t, bad, byIdentity)
				if len(resp.Diagnostics) != 1 || !resp.Diagnostics.HasError() {
					t.Errorf("%s: %v", bad, resp.Diagnostics)
					continue
				}
				told := acctest.Rendered(resp.Diagnostics[0])
				if !strings.HasPrefix(told, "Error on id: Invalid thing id") || !strings.Contains(told, "Import by the id that the data source nebula_things shows, not by name.") {
					t.Errorf("%s: %s", bad, told)
				}
				if strings.Contains(told, canary) || strings.Contains(told, "sk-0123") {
					t.Errorf("a secret is repeated: %s", told)
				}
			}
		})
	}
}

// An identity that stands for an object without an id can be no object's id.
func TestUnresolvedIdentityIsNoID(t *testing.T) {
	t.Parallel()
	for _, sign := range []string{"", "5", "20261123T015600Z-abcdefghijklmnop"} {
		if _, err := nebula.ParseID(tfkit.Unresolved(sign).ValueString()); err == nil {
			t.Errorf("%q can be an id", sign)
		}
	}
}

// streamed are the results of a list resource that finds these names.
func streamed(t *testing.T, limit int64, whole bool, names []string, before func(*tfkit.Operation)) []list.ListResult {
	t.Helper()
	b := newBench(t)
	var l tfkit.ListResource
	var configured resource.ConfigureResponse
	l.Configure(t.Context(), resource.ConfigureRequest{ProviderData: &tfkit.ProviderData{
		Connect: func() (*tfkit.Services, diag.Diagnostics) { return b.services, nil },
	}}, &configured)
	req := list.ListRequest{Limit: limit, IncludeResource: whole, ResourceSchema: b.schema, ResourceIdentitySchema: b.identity.Schema,
		Config: tfsdk.Config{Schema: b.schema, Raw: b.raw("", "config", "")}}
	var m thing
	var stream list.ListResultsStream
	l.Stream(t.Context(), "list things", &m, req, &stream, func(_ context.Context, op *tfkit.Operation) iter.Seq[tfkit.Listed] {
		before(op)
		return func(yield func(tfkit.Listed) bool) {
			for _, name := range names {
				found := thing{ID: types.StringValue("id-" + name), Name: types.StringValue(name), Timeouts: noTimeouts()}
				if !yield(tfkit.Listed{Name: name, Model: &found}) {
					return
				}
			}
		}
	})
	if m.Name.ValueString() != "config" {
		t.Error("the configuration is not read")
	}
	var results []list.ListResult
	for result := range stream.Results {
		results = append(results, result)
	}
	return results
}

func noTimeouts() timeouts.Value {
	s := types.StringType
	return timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": s, "read": s, "update": s, "delete": s})}
}

func TestStreamStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	results := streamed(t, 2, true, []string{"a\x1b[31m", "b", "c"}, func(*tfkit.Operation) {})
	if len(results) != 2 || results[0].DisplayName != `a\u001b[31m` {
		t.Fatalf("got %v", results)
	}
	var id, name types.String
	diags := results[1].Identity.GetAttribute(t.Context(), path.Root("id"), &id)
	diags.Append(results[1].Resource.GetAttribute(t.Context(), path.Root("name"), &name)...)
	if diags.HasError() || id.ValueString() != "id-b" || name.ValueString() != "b" {
		t.Errorf("identity %s, name %s, %v", id, name, diags)
	}
}

func TestStreamHandsOnWarningsAndErrors(t *testing.T) {
	t.Parallel()
	warned := streamed(t, 9, false, []string{"a"}, func(op *tfkit.Operation) { op.Warn(tfkit.Message{Title: "Careful"}) })
	if len(warned) != 2 || len(warned[0].Diagnostics) != 1 || warned[0].Diagnostics[0].Summary() != "Careful" || warned[1].DisplayName != "a" {
		t.Errorf("got %v", warned)
	}
	failed := streamed(t, 9, false, []string{"a"}, func(op *tfkit.Operation) { op.Refuse(tfkit.Message{What: "No."}) })
	if len(failed) != 1 || !failed[0].Diagnostics.HasError() || failed[0].Diagnostics[0].Summary() != "Unable to list things" {
		t.Errorf("got %v", failed)
	}
}
