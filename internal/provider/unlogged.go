package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Unlogged makes a server cheaper for a process that logs nothing.
//
// The protocol layer puts loggers into the context of each call, 11 KiB of
// them, and the framework (1.19) remembers for each call how to cancel its
// context, and with that the context, until it is told to stop: at 1,000 keys
// that is 45 MB for one plan, which moreover is scanned at each garbage
// collection. So the calls that come once or more per object are handed a
// context without values. Without loggers in it, the framework does not set up
// its own ones either. What is still remembered of a call is half a KiB.
//
// The context ends as the original one does: when Terraform is interrupted.
// Nobody sets deadlines in this protocol.
func Unlogged(server tfprotov6.ProviderServer) tfprotov6.ProviderServer {
	if full, ok := server.(fullServer); ok {
		return unlogged{full}
	}
	return server
}

type unlogged struct{ fullServer }

// fullServer is what the framework's server implements and Terraform may ask
// of it. State stores, which it implements too, are not offered.
type fullServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

func bare[Request, Response any](ctx context.Context, req Request, call func(context.Context, Request) (Response, error)) (Response, error) {
	stripped, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	return call(stripped, req) //nolint:contextcheck // to be rid of its values is the point
}

func (s unlogged) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return bare(ctx, req, s.fullServer.ValidateResourceConfig)
}

func (s unlogged) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return bare(ctx, req, s.fullServer.UpgradeResourceState)
}

func (s unlogged) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return bare(ctx, req, s.fullServer.UpgradeResourceIdentity)
}

func (s unlogged) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return bare(ctx, req, s.fullServer.ReadResource)
}

func (s unlogged) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return bare(ctx, req, s.fullServer.PlanResourceChange)
}

func (s unlogged) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return bare(ctx, req, s.fullServer.ApplyResourceChange)
}

func (s unlogged) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return bare(ctx, req, s.fullServer.ImportResourceState)
}

func (s unlogged) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return bare(ctx, req, s.fullServer.ValidateDataResourceConfig)
}

func (s unlogged) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return bare(ctx, req, s.fullServer.ReadDataSource)
}
