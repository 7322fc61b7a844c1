package rehearsal

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Data reads a data source in a process of its own. The result is nil when that
// failed.
func (w *Workspace) Data(ctx context.Context, d DataSource) (Object, *Report) {
	report := &Report{}
	p, ok := w.start(ctx, "data", report)
	if !ok {
		return nil, report
	}
	return p.readData(ctx, d), report
}

func (p *Process) readData(ctx context.Context, d DataSource) Object {
	name := typeOf(d.Address)
	s := p.Workspace.Schemas.all.DataSourceSchemas[name]
	config, err := block(s.ValueType(), d.Args)
	if p.defect(d.Address, "configuration", err) {
		return nil
	}
	packed := pack(s.ValueType(), config)
	valid, err := p.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: packed})
	if p.defect(d.Address, "validate", err) || p.tell(d.Address, valid.Diagnostics) {
		return nil
	}
	resp, err := p.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: packed})
	if p.defect(d.Address, "read", err) || p.tell(d.Address, resp.Diagnostics) {
		return nil
	}
	return p.answer(d.Address, s, config, resp.State)
}

// Ephemeral opens an ephemeral resource in a process of its own, and closes it
// again. The result is nil when that failed.
func (w *Workspace) Ephemeral(ctx context.Context, name string, args Args) (Object, *Report) {
	report := &Report{}
	p, ok := w.start(ctx, "ephemeral", report)
	if !ok {
		return nil, report
	}
	s := w.Schemas.all.EphemeralResourceSchemas[name]
	config, err := block(s.ValueType(), args)
	if p.defect(name, "configuration", err) {
		return nil, report
	}
	packed := pack(s.ValueType(), config)
	valid, err := p.server.ValidateEphemeralResourceConfig(ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: packed})
	if p.defect(name, "validate", err) || p.tell(name, valid.Diagnostics) {
		return nil, report
	}
	opened, err := p.server.OpenEphemeralResource(ctx, &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: packed})
	if p.defect(name, "open", err) || p.tell(name, opened.Diagnostics) {
		return nil, report
	}
	closed, err := p.server.CloseEphemeralResource(ctx, &tfprotov6.CloseEphemeralResourceRequest{TypeName: name, Private: opened.Private})
	if p.defect(name, "close", err) || p.tell(name, closed.Diagnostics) {
		return nil, report
	}
	return p.answer(name, s, config, opened.Result), report
}

// answer unpacks what was asked for: all of it is known, and what is configured
// is in it.
func (p *Process) answer(address string, s *tfprotov6.Schema, config Object, d *tfprotov6.DynamicValue) Object {
	object, err := unpack(s.ValueType(), d)
	for name, value := range config {
		if value.IsNull() {
			config[name] = object[name]
		}
	}
	if p.defect(address, "answer", errors.Join(err, checkKnown(object), checkKept(config, object))) {
		return nil
	}
	return object
}
