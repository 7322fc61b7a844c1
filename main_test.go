package main

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

func TestWantsLogs(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]bool{
		"TF_LOG=TRACE":                  true,
		"TF_LOG=json":                   true,
		"TF_LOG_CORE=debug":             true,
		"TF_LOG_PROVIDER=WARN":          true,
		"TF_LOG_PROVIDER_NEBULA=debug":  true,
		"TF_LOG_SDK=trace":              true,
		"TF_LOG_SDK_PROTO=trace":        true,
		"TF_LOG_SDK_FRAMEWORK=trace":    true,
		"TF_LOG_SDK_PROTO_DATA_DIR=/d":  true,
		"TF_LOG_PATH=/tmp/terraform":    true,
		"TF_TEMP_LOG_PATH=/tmp/x":       true,
		"TF_LOG=":                       false,
		"TF_LOG_PROVIDER=":              false,
		"TF_DATA_DIR=/d":                false,
		"NEBULA_API_KEY=TF_LOG=TRACE":   false,
		"MY_TF_LOG=TRACE":               false,
		"TF_LOG":                        false,
		"TF_CLI_ARGS_plan=-parallelism": false,
	} {
		if got := wantsLogs([]string{"PATH=/bin", variable, "HOME=/"}); got != want {
			t.Errorf("%s: %t", variable, got)
		}
	}
	if wantsLogs(nil) {
		t.Error("an empty environment asks for nothing")
	}
}

func TestSilenceLogs(t *testing.T) {
	t.Parallel()
	set := map[string]string{}
	silenceLogs(func(name, value string) error {
		set[name] = value
		return errors.New("must not matter")
	})
	want := []string{"TF_LOG_PROVIDER_NEBULA", "TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO"}
	if got := slices.Sorted(maps.Keys(set)); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	for name, level := range set {
		if level != "OFF" {
			t.Errorf("%s is %s", name, level)
		}
	}
}
