package tfkit_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/nebulablock/terraform-provider-nebula/internal/nebula"
	"github.com/nebulablock/terraform-provider-nebula/internal/tfkit"
)

func TestLogExchange(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	ctx := tflogtest.RootLogger(context.Background(), &out)
	tfkit.LogExchange([]string{"hunter2"})(ctx, nebula.Exchange{
		Method: "GET", Route: "/api-keys", Status: 502, Err: "the proxy said hunter2", Duration: 1500 * time.Millisecond, Bytes: 12, Try: 2,
	})
	lines, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil || len(lines) != 1 {
		t.Fatalf("got %v, %v", lines, err)
	}
	want := map[string]any{
		"@level": "debug", "@message": "API call", "method": "GET", "route": "/api-keys", "status": 502.0,
		"duration_ms": 1500.0, "bytes": 12.0, "try": 2.0, "error": "the proxy said ***",
	}
	for name, value := range want {
		if lines[0][name] != value {
			t.Errorf("%s is %v, want %v", name, lines[0][name], value)
		}
	}
	for name := range lines[0] {
		if _, ok := want[name]; !ok && name != "@module" {
			t.Errorf("a field %s that nobody asked for", name)
		}
	}
}

func TestMaskLogs(t *testing.T) {
	t.Parallel()
	secrets := []string{
		"ak_WT2l5Rw8Rv8Mp7Q7fLh7dFgEDl_EMAntCsqlxhEsu-0",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.QwXYFII5y_V_9bIRQ3R",
		"AGE-SECRET-KEY-1QQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
		"correct horse battery staple",
	}
	for _, secret := range secrets {
		var out bytes.Buffer
		ctx := tfkit.MaskLogs(tflogtest.RootLogger(context.Background(), &out), []string{secrets[3], "", "ab"})
		tflog.Info(ctx, "message about "+secret, map[string]any{"field": "value about " + secret})
		if logged := out.String(); strings.Contains(logged, secret) || strings.Count(logged, "***") != 2 || strings.Count(logged, "about") != 2 {
			t.Errorf("logged %s", logged)
		}
	}
}

// The client masks by patterns of its own; both lists must cover the same.
func TestMaskLogsCoversWhatTheClientMasks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ak_abcdef", "ak_abc=+/%-", "ak_abcde", "eyJhbGciOiJI", "eyJhbGciOiJI.e30.x-_", "eyJabc",
		"Bearer abcdef", "bearer  a.b_c~d", "bearer abc", "AGE-SECRET-KEY-1Q", "AGE-SECRET-KEY-2Q", "plain text",
	} {
		var out bytes.Buffer
		ctx := tfkit.MaskLogs(tflogtest.RootLogger(context.Background(), &out), nil)
		tflog.Info(ctx, text)
		masked := !strings.Contains(out.String(), text)
		if cleaned := nebula.CleanText(text) != text; masked != cleaned {
			t.Errorf("%q: masked in logs %t, by the client %t", text, masked, cleaned)
		}
	}
}

// Without logs there is nothing to mask, and nothing may be spent on it.
//
//nolint:paralleltest // allocations are counted for the whole process
func TestNoLogsCostNothing(t *testing.T) {
	ctx := context.Background()
	observe := tfkit.LogExchange([]string{canary})
	if n := testing.AllocsPerRun(100, func() {
		observe(tfkit.MaskLogs(ctx, []string{canary}), nebula.Exchange{Method: "GET", Err: "x"})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
