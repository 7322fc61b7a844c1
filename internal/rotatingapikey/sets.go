package rotatingapikey

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// noStrings is how a set of the provider's own without elements is recorded.
func noStrings() types.Set { return types.SetNull(types.StringType) }

// elements reads a set of the provider's own, which holds nothing but strings.
func elements(ctx context.Context, set types.Set) []string {
	var all []string
	if !set.IsNull() && !set.IsUnknown() {
		_ = set.ElementsAs(ctx, &all, false)
	}
	return all
}

func with(ctx context.Context, set types.Set, element string) types.Set {
	all := elements(ctx, set)
	if !slices.Contains(all, element) {
		all = append(all, element)
	}
	added, _ := types.SetValueFrom(ctx, types.StringType, all)
	return added
}

func without(ctx context.Context, set types.Set, element string) types.Set {
	all := slices.DeleteFunc(elements(ctx, set), func(e string) bool { return e == element })
	if len(all) == 0 {
		return noStrings()
	}
	left, _ := types.SetValueFrom(ctx, types.StringType, all)
	return left
}
