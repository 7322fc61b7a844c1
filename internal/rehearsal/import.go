package rehearsal

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Import takes an object over by its id, as `terraform import` does: it is read,
// and stored.
func (w *Workspace) Import(ctx context.Context, address, id string) *Report {
	return w.importing(ctx, address, &tfprotov6.ImportResourceStateRequest{TypeName: typeOf(address), ID: id})
}

// ImportIdentity is Import by the identity of an object.
func (w *Workspace) ImportIdentity(ctx context.Context, address string, identity Args) *Report {
	t := w.Schemas.identity(typeOf(address))
	if t == nil {
		return &Report{Refused: address + " has no identity"}
	}
	named, err := block(t, identity)
	if err != nil {
		return &Report{Refused: err.Error()}
	}
	return w.importing(ctx, address, &tfprotov6.ImportResourceStateRequest{TypeName: typeOf(address),
		Identity: &tfprotov6.ResourceIdentityData{IdentityData: pack(t, named)}})
}

func (w *Workspace) importing(ctx context.Context, address string, request *tfprotov6.ImportResourceStateRequest) *Report {
	report := &Report{}
	if w.State(address).Object != nil {
		report.Refused = address + " is in the state already"
		return report
	}
	p, ok := w.start(ctx, "import", report)
	if !ok {
		return report
	}
	resp, err := p.server.ImportResourceState(ctx, request)
	if p.defect(address, "import", err) || p.tell(address, resp.Diagnostics) {
		return report
	}
	if n := len(resp.ImportedResources); n != 1 {
		p.defect(address, "import", fmt.Errorf("%d objects were imported", n))
		return report
	}
	imported := resp.ImportedResources[0]
	object, err1 := unpack(w.block(address).ValueType(), imported.State)
	identity, err2 := w.Schemas.unpackIdentity(address, imported.Identity)
	if p.defect(address, "import", errors.Join(err1, err2, checkKnown(object))) {
		return report
	}
	now, ok := p.refresh(ctx, address, Instance{Object: object, Identity: identity, Private: imported.Private})
	if ok && now.Object == nil {
		report.Refused = "Cannot import non-existent remote object"
	}
	if r := w.resource(address); r != nil {
		now.dependsOn = r.DependsOn
	}
	if ok {
		p.save(address, now)
	}
	return report
}

// Move makes an object in the state one of another address, as a `moved` block
// does. Where that is of another type, the provider, which has this address in
// the registry, is asked.
func (w *Workspace) Move(ctx context.Context, from, to, provider string) *Report {
	old := w.State(from)
	if typeOf(from) == typeOf(to) {
		w.edit(from, func(i *Instance) { *i = Instance{} })
		w.mu.Lock()
		defer w.mu.Unlock()
		w.store(to, old)
		return &Report{}
	}
	raw, err := rawState(old.Object)
	if err != nil {
		return &Report{Refused: err.Error()}
	}
	report := w.MoveFrom(ctx, to, &tfprotov6.MoveResourceStateRequest{SourceProviderAddress: provider, SourceTypeName: typeOf(from),
		SourceState: raw, SourcePrivate: old.Private, SourceSchemaVersion: w.Schemas.all.ResourceSchemas[typeOf(from)].Version})
	if !report.Failed() {
		w.edit(to, func(i *Instance) { i.Tainted = old.Tainted })
		w.Forget(from)
	}
	return report
}

// MoveFrom takes over what another resource type, maybe of another provider,
// has recorded.
func (w *Workspace) MoveFrom(ctx context.Context, to string, request *tfprotov6.MoveResourceStateRequest) *Report {
	report := &Report{}
	p, ok := w.start(ctx, "move", report)
	if !ok {
		return report
	}
	request.TargetTypeName = typeOf(to)
	resp, err := p.server.MoveResourceState(ctx, request)
	if p.defect(to, "move", err) || p.tell(to, resp.Diagnostics) {
		return report
	}
	object, err1 := unpack(w.block(to).ValueType(), resp.TargetState)
	identity, err2 := w.Schemas.unpackIdentity(to, resp.TargetIdentity)
	if !p.defect(to, "move", errors.Join(err1, err2, checkKnown(object))) {
		p.save(to, Instance{Object: object, Identity: identity, Private: resp.TargetPrivate})
	}
	return report
}
